package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/**
 * Which places of the images of a pass are valid. All others are masked: values and gradients are 0
 * there, and they count for nothing. Not thread-safe.
 */
final class PlaceMask {

  /** The mask of values that have none. */
  static final PlaceMask NONE = new PlaceMask(0, 0);

  private final int places; // of an image
  private final boolean[] valid; // [rows, places]
  private int first; // of the rows that are computed now
  private int rows;
  private boolean hides;
  private float[] zeros = {};

  /**
   * Makes memory.
   *
   * @param maximumRows the most rows of a pass
   * @param places of an image
   */
  PlaceMask(int maximumRows, int places) {
    this.places = places;
    this.valid = new boolean[Math.multiplyExact(maximumRows, places)];
  }

  /** Starts a pass in which so many rows have all their places. */
  void begin(int newRows) {
    hides = false;
    select(0, newRows);
    showAll();
  }

  /** Turns to some of the rows of the pass; they are counted from 0 then. */
  void select(int newFirst, int newRows) {
    first = newFirst;
    rows = newRows;
  }

  /** Gives the rows all their places. */
  void showAll() {
    Arrays.fill(valid, first * places, (first + rows) * places, true);
  }

  /** Masks a place of a row. */
  void hide(int row, int place) {
    valid[(first + row) * places + place] = false;
    hides = true;
  }

  /** Masks what another mask of as many places hides. */
  void hideAll(PlaceMask other) {
    for (int place = first * places; place < (first + rows) * places && other.hides; place++) {
      valid[place] &= other.valid[place];
    }
    hides |= other.hides;
  }

  /** Whether a place of any row of the pass is masked. */
  boolean hides() {
    return hides;
  }

  boolean isValid(int row, int place) {
    return !hides || valid[(first + row) * places + place];
  }

  /** How many of so many places of a row are valid. */
  int count(int row, int ofPlaces) {
    if (!hides) {
      return ofPlaces;
    }
    int count = 0;
    for (int place = (first + row) * places; place < (first + row + 1) * places; place++) {
      count += valid[place] ? 1 : 0;
    }
    return count;
  }

  /** Writes zeros where values of this mask are masked. */
  void clear(Tensor values) {
    if (!hides || values.size() == 0) {
      return;
    }
    int channels = values.size() / (rows * places);
    if (zeros.length < channels) {
      zeros = new float[channels];
    }
    for (int place = 0; place < rows * places; place++) {
      if (!valid[first * places + place]) {
        values.write(place * channels, zeros, 0, channels);
      }
    }
  }

  /**
   * The weight of each place of rows [from, to) in the statistics of a batch norm.
   *
   * @param ofRows the weight of each of these rows; empty if all count 1
   * @return one number a place; the weights of the rows if they have all their places
   */
  float[] weights(float[] ofRows, int from, int to) {
    if (!hides || areAllValid(from, to)) {
      return ofRows;
    }
    float[] weights = new float[(to - from) * places];
    for (int i = 0; i < weights.length; i++) {
      float weight = ofRows.length == 0 ? 1 : ofRows[i / places];
      weights[i] = valid[(first + from) * places + i] ? weight : 0;
    }
    return weights;
  }

  private boolean areAllValid(int from, int to) {
    for (int place = (first + from) * places; place < (first + to) * places; place++) {
      if (!valid[place]) {
        return false;
      }
    }
    return true;
  }
}
