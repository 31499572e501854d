package org.syncbn.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * The rows of a step, cut into pieces of whole shards that a pass computes one after the other.
 * Memory is used again by the next step. Not thread-safe.
 */
final class Pieces implements Iterable<Pieces.Piece> {

  /**
   * The rows of some adjacent shards, which are computed at once.
   *
   * @param firstShard counted from the first one of the pass
   * @param shardRows how many rows each of these shards has
   * @param firstRow the first of their rows in the batch
   * @param rows of the batch
   */
  record Piece(int firstShard, int[] shardRows, int firstRow, Batch rows) {}

  private final int inputSize;
  private final int maximumRows;
  private final int rowsAtOnce;
  private final List<Piece> pieces = new ArrayList<>();
  private Tensor maskedInputs = Tensor.zeros(0); // made when a batch has rows of weight 0

  /**
   * No rows yet.
   *
   * @param inputSize how many numbers a row has
   * @param maximumRows the most rows of a step
   * @param rowsAtOnce the most rows of a piece of several shards
   */
  Pieces(int inputSize, int maximumRows, int rowsAtOnce) {
    this.inputSize = inputSize;
    this.maximumRows = maximumRows;
    this.rowsAtOnce = rowsAtOnce;
  }

  /** Starts a step: takes the rows of its shards, of which at least one has some. */
  void cut(Batch batch, int[] shardRows) {
    Batch whole = batch.isMasked() ? inputsThatCount(batch) : batch;
    pieces.clear();
    int row = 0;
    for (int from = 0, to = 0; from < shardRows.length; from = to) {
      int rows = shardRows[to++];
      while (to < shardRows.length && rows + shardRows[to] <= rowsAtOnce) {
        rows += shardRows[to++];
      }
      if (rows > 0) {
        boolean all = rows == whole.rows();
        pieces.add(
            new Piece(
                all ? 0 : from,
                all ? shardRows : Arrays.copyOfRange(shardRows, from, to),
                row,
                whole.rows(row, row + rows)));
      }
      row += rows;
    }
  }

  /**
   * The batch with inputs of zeros in the rows of weight 0, so that NaN there reaches no sum over
   * rows: a gradient of 0 times NaN is NaN.
   */
  private Batch inputsThatCount(Batch batch) {
    if (maskedInputs.size() == 0) {
      maskedInputs = Tensor.zeros(maximumRows, inputSize);
    }
    Tensor inputs = maskedInputs.rows(0, batch.rows());
    inputs.copyFrom(batch.inputs());
    for (int row = 0; row < batch.rows(); row++) {
      if (batch.weight(row) == 0) {
        inputs.rows(row, row + 1).fill(0);
      }
    }
    return batch.with(inputs);
  }

  Piece first() {
    return pieces.get(0);
  }

  /** Whether all rows are computed at once, so that their values stay where they are. */
  boolean isOne() {
    return pieces.size() == 1;
  }

  @Override
  public Iterator<Piece> iterator() {
    return pieces.iterator();
  }
}
