package org.syncbn.nn;

/** Layers that arrange numbers, or choose among them. */
public sealed interface ShapeSpec extends LayerSpec {

  /**
   * Features become images, or sequences, in PyTorch's order: channel by channel, row by row.
   *
   * @param channels numbers at one place
   * @param height places from top to bottom; 1 for a sequence
   * @param width places from left to right
   * @param mask what further features say of the places
   */
  record Reshape(int channels, int height, int width, Mask mask) implements ShapeSpec {

    /** Rejects an empty image, and lengths of what is not a sequence. */
    public Reshape {
      Shape.image(channels, height, width);
      if (mask == Mask.LENGTHS && height != 1) {
        throw new IllegalArgumentException(
            "mask = lengths is of sequences, which have height 1, not " + height);
      }
    }

    /** Images all of whose places are valid. */
    public Reshape(int channels, int height, int width) {
      this(channels, height, width, Mask.NONE);
    }

    Shape.Image image() {
      return new Shape.Image(channels, height, width);
    }

    /** How many further features there are. */
    int maskSize() {
      return switch (mask) {
        case NONE -> 0;
        case LENGTHS -> 1;
        case PLACES -> image().places();
      };
    }

    /** What further features, behind those of the image, say of its places. */
    public enum Mask {
      /** There are none: all places are valid. */
      NONE,
      /** One, the length of the sequence: places behind it are masked. */
      LENGTHS,
      /** One for each place: where it is 0, the place is masked. */
      PLACES
    }
  }

  /**
   * Masks each place of an image whose channels all have one value (Keras' {@code Masking}). Masked
   * places hold 0, whatever was there, and count for nothing in all layers behind: statistics,
   * means, greatest values, gradients. Layers whose windows move over images move the mask; {@link
   * Flatten} and {@link PoolingSpec.GlobalAveragePool} end it.
   *
   * @param value that masks; NaN masks places of NaN
   */
  record Masking(double value) implements ShapeSpec {}

  /** Images become features in PyTorch's order: channel by channel, row by row. */
  record Flatten() implements ShapeSpec {}

  /**
   * Adjacent features of a row: one of several inputs that rows bring side by side.
   *
   * @param from the first, counted from 0
   * @param count how many
   */
  record Select(int from, int count) implements ShapeSpec {

    /** Rejects an empty choice. */
    public Select {
      Limits.requirePositive(count, "selected features");
      if (from < 0) {
        throw new IllegalArgumentException("selected features start at 0 or later, not at " + from);
      }
    }
  }
}
