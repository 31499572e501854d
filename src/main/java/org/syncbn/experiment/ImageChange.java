package org.syncbn.experiment;

import org.syncbn.data.Block;
import org.syncbn.tensor.CounterRandom;

/** A change of images that leaves what they show, such as bad light. */
enum ImageChange {
  /** The images as they are. */
  NONE("none"),
  /** A quarter of the contrast, around a middle grey. */
  CONTRAST("a quarter of the contrast") {
    @Override
    double of(double grey, double noise) {
      return 128 + (grey - 128) / 4;
    }
  },
  /** Brighter by a third of the range; what is brightest merges. */
  BRIGHTNESS("brighter by 85 of 255") {
    @Override
    double of(double grey, double noise) {
      return grey + 85;
    }
  },
  /** Noise on every pixel. */
  NOISE("noise of deviation 50") {
    @Override
    double of(double grey, double noise) {
      return grey + 50 * noise;
    }
  };

  private final String words;

  ImageChange(String words) {
    this.words = words;
  }

  /**
   * A pixel after the change, before it is rounded and kept between 0 and 255.
   *
   * @param noise a standard normal number of this pixel alone
   */
  double of(double grey, double noise) {
    return grey;
  }

  /** The changed images, with the labels that they had. */
  Block of(Block images, long seed) {
    CounterRandom random = CounterRandom.of(seed).fork(name());
    int size = images.features();
    byte[] changed = new byte[images.rows() * size];
    float[] labels = new float[images.rows()];
    for (int row = 0; row < images.rows(); row++) {
      labels[row] = images.label(row, 0);
      for (int i = 0; i < size; i++) {
        int at = row * size + i;
        double grey = of(images.feature(row, i), random.gaussian(at));
        changed[at] = (byte) Math.round(Math.max(0, Math.min(255, grey)));
      }
    }
    return Block.ofBytes(images.rows(), changed, labels, new float[0]);
  }

  @Override
  public String toString() {
    return words;
  }
}
