package org.syncbn.nn;

import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/**
 * Channels-last images as matrices, one for each image and group of channels: a row for each place.
 * They are made anew only for another tensor, since convolutions meet the same ones in each step.
 * Not thread-safe.
 */
final class ImageMatrices {

  private final int places;
  private final int depth;
  private final int groups;
  private Tensor images = Tensor.zeros(0);
  private Matrix[] matrices = {};
  private Matrix[] transposed = {}; // made when first needed

  /**
   * Images of one size.
   *
   * @param depth how many channels they have
   */
  ImageMatrices(int places, int depth, int groups) {
    this.places = places;
    this.depth = depth;
    this.groups = groups;
  }

  /** Turns to some images. */
  ImageMatrices of(Tensor newImages) {
    if (images != newImages) {
      images = newImages;
      matrices = new Matrix[images.size() / (places * depth) * groups];
      transposed = new Matrix[matrices.length];
      int width = depth / groups;
      for (int i = 0; i < matrices.length; i++) {
        int at = i / groups * places * depth + i % groups * width;
        matrices[i] = Matrix.of(images, at, places, width, depth);
      }
    }
    return this;
  }

  /** One group of an image // [places, channels of a group]. */
  Matrix get(int image, int group) {
    return matrices[image * groups + group];
  }

  /** The same with rows and columns exchanged. */
  Matrix transposed(int image, int group) {
    int i = image * groups + group;
    if (transposed[i] == null) {
      transposed[i] = matrices[i].transposed();
    }
    return transposed[i];
  }
}
