package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.data.Block;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;

/**
 * The rows of a run.
 *
 * @param schema of both parts
 * @param training rows to train on
 * @param test rows to measure on
 * @param dealing which rows a shard has
 */
record LabRows(Schema schema, Block training, Block test, Dealing dealing) {

  /** Which rows a shard has. */
  enum Dealing {
    /** By a hash of their content, as always: every shard has rows of every class. */
    HASHED,
    /** By their class: a shard has rows of one or two classes, as sorted files have. */
    SORTED
  }

  /** The same rows, dealt otherwise. */
  LabRows dealt(Dealing other) {
    return new LabRows(schema, training, test, other);
  }

  /** The first training rows alone, and all test rows. */
  LabRows withTraining(int rows) {
    return new LabRows(schema, first(training, rows), test, dealing);
  }

  /** The rows of each shard; the test rows are its validation rows. */
  List<ShardData> shards(int shards, long seed) {
    return switch (dealing) {
      case HASHED -> new RowPartitioner(shards, seed, 0).partition(training, test);
      case SORTED -> sorted(shards);
    };
  }

  private List<ShardData> sorted(int shards) {
    List<ShardData> dealt = new ArrayList<>();
    int[] byClass =
        IntStream.range(0, training.rows())
            .boxed()
            .sorted((a, b) -> Float.compare(training.label(a, 0), training.label(b, 0)))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] inOrder = IntStream.range(0, test.rows()).toArray();
    for (int shard = 0; shard < shards; shard++) {
      dealt.add(
          new ShardData(
              training.select(piece(byClass, shard, shards)),
              test.select(piece(inOrder, shard, shards))));
    }
    return dealt;
  }

  private static int[] piece(int[] rows, int piece, int pieces) {
    int from = (int) ((long) piece * rows.length / pieces);
    int to = (int) ((long) (piece + 1) * rows.length / pieces);
    return java.util.Arrays.copyOfRange(rows, from, to);
  }

  /** The first rows of a block. */
  static Block first(Block rows, int count) {
    return part(rows, 0, Math.min(count, rows.rows()));
  }

  /** Adjacent rows of a block. */
  static Block part(Block rows, int from, int to) {
    return rows.select(IntStream.range(from, to).toArray());
  }
}
