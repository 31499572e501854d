package org.syncbn.nn;

import org.syncbn.norm.BatchNormOptions;

/**
 * Layers that normalize: batch norms over the rows of the global mini-batch, the others each row
 * for itself.
 */
public sealed interface NormalizationSpec extends LayerSpec {

  /**
   * Batch normalization over all rows (and places of an image) of the global mini-batch.
   *
   * @param options all choices
   */
  record BatchNormalization(BatchNormOptions options) implements NormalizationSpec {}

  /**
   * Normalization of each row for itself over all its numbers, with one gamma and beta for each (Ba
   * et al. 2016).
   *
   * @param eps added to the variance under the root
   */
  record LayerNormalization(double eps) implements NormalizationSpec {

    /** Throws if eps is not positive. */
    public LayerNormalization {
      Limits.requireEps(eps, "layer norm");
    }
  }

  /**
   * Normalization of each row for itself over the channels of each group at all places, with one
   * gamma and beta for each channel (Wu and He 2018).
   *
   * @param groups into how many groups the channels are divided
   * @param eps added to the variance under the root
   * @param affine whether there are gamma and beta
   */
  record GroupNormalization(int groups, double eps, boolean affine) implements NormalizationSpec {

    /** Rejects less than one group, and an eps that is not positive. */
    public GroupNormalization {
      Limits.requirePositive(groups, "groups of a group norm");
      Limits.requireEps(eps, "group norm");
    }

    /** PyTorch's defaults. */
    public static GroupNormalization of(int groups) {
      return new GroupNormalization(groups, 1e-5, true);
    }
  }

  /**
   * Normalization of each channel of each image for itself (Ulyanov et al. 2016).
   *
   * @param eps added to the variance under the root
   * @param affine whether there are gamma and beta for each channel
   */
  record InstanceNormalization(double eps, boolean affine) implements NormalizationSpec {

    /** Throws if eps is not positive. */
    public InstanceNormalization {
      Limits.requireEps(eps, "instance norm");
    }
  }

  /**
   * Division of each row by the root of the mean of its squares, with one gamma for each of its
   * numbers (Zhang and Sennrich 2019).
   *
   * @param eps added to the mean under the root
   */
  record RmsNormalization(double eps) implements NormalizationSpec {

    /** Throws if eps is not positive. */
    public RmsNormalization {
      Limits.requireEps(eps, "RMS norm");
    }
  }
}
