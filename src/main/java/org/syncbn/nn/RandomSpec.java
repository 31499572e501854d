package org.syncbn.nn;

/**
 * Layers that draw random numbers in training: dropouts, noise and augmentations of images. What
 * happens to a row depends on the seed, the step, the layer and the row's place in the global
 * mini-batch only.
 */
public sealed interface RandomSpec extends LayerSpec {

  /**
   * In training, each number becomes 0 with probability {@code rate} and is divided by {@code 1 -
   * rate} otherwise. Masks depend on the seed, the step, the layer and the row's place in the
   * global mini-batch only.
   *
   * @param rate in [0, 1)
   */
  record Dropout(double rate) implements RandomSpec {

    /** Throws if the rate is outside [0, 1). */
    public Dropout {
      Limits.requireRate(rate);
    }
  }

  /**
   * As {@link Dropout}, but each channel of an image is dropped or kept as a whole (Tompson et al.
   * 2015).
   *
   * @param rate in [0, 1)
   */
  record SpatialDropout(double rate) implements RandomSpec {

    /** Throws if the rate is outside [0, 1). */
    public SpatialDropout {
      Limits.requireRate(rate);
    }
  }

  /**
   * In training, adds a normal number of mean 0 to each number, as Keras's GaussianNoise does;
   * gradients go through unchanged.
   *
   * @param stddev the standard deviation, at least 0
   */
  record GaussianNoise(double stddev) implements RandomSpec {

    /** Throws if the deviation is negative. */
    public GaussianNoise {
      if (!(stddev >= 0 && stddev < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "stddev of Gaussian noise must be finite and at least 0, was " + stddev);
      }
    }
  }

  /**
   * In training, mirrors each image with a probability of one half. As of all augmentations, what
   * happens depends on the seed, the step, the layer and the row's place in the global mini-batch
   * only.
   *
   * @param horizontal whether left and right may change places
   * @param vertical whether top and bottom may
   */
  record RandomFlip(boolean horizontal, boolean vertical) implements RandomSpec {}

  /**
   * In training, moves each image by whole places and fills with zeros, as zeros around it and a
   * crop of the old size do.
   *
   * @param vertical how far at most, up and down
   * @param horizontal how far at most, left and right
   */
  record RandomShift(int vertical, int horizontal) implements RandomSpec {

    /** Rejects a negative length. */
    public RandomShift {
      if (vertical < 0 || horizontal < 0) {
        throw new IllegalArgumentException(
            "images are shifted by at least 0 places, not by " + vertical + " x " + horizontal);
      }
    }
  }

  /**
   * A part of each image: any in training, the middle in evaluation.
   *
   * @param height its places from top to bottom
   * @param width its places from left to right
   */
  record RandomCrop(int height, int width) implements RandomSpec {}

  /**
   * In training, covers a square of each image with zeros; its middle is any place of the image
   * (DeVries and Taylor 2017).
   *
   * @param size its side
   */
  record Cutout(int size) implements RandomSpec {

    /** Rejects an empty square. */
    public Cutout {
      Limits.requirePositive(size, "rows of a cutout");
    }
  }
}
