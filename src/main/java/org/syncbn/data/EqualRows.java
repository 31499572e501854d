package org.syncbn.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Spreads rows that are equal to very many others over all shards, which a hash of their content
 * would put into one.
 *
 * <p>All copies of a row meet in the shard of its hash, so they are counted there, and nowhere
 * else. If they are more than half of what an average shard has, the k-th copy goes to the k-th
 * shard from there. Which copy is the k-th does not matter, so neither do files and partitions.
 * Rows with fewer copies stay where they are.
 *
 * @param shards how many there are
 * @param trainingRows of all shards
 * @param validationRows of all shards
 */
public record EqualRows(int shards, long trainingRows, long validationRows)
    implements Serializable {

  /** So few copies unbalance nothing that takes time. */
  private static final long FEW = 64;

  /** For shards that were assembled by the hashes of their rows. */
  public static EqualRows of(List<ShardData> assembled) {
    return new EqualRows(
        assembled.size(),
        assembled.stream().mapToLong(shard -> shard.training().rows()).sum(),
        assembled.stream().mapToLong(shard -> shard.validation().rows()).sum());
  }

  /**
   * The most rows that are equal to one another.
   *
   * @param sorted the rows of a shard, as {@link RowPartitioner#assemble} sorts them
   */
  public static int mostCopies(Block sorted) {
    int most = 0;
    for (int from = 0; from < sorted.rows(); ) {
      int to = end(sorted, from);
      most = Math.max(most, to - from);
      from = to;
    }
    return most;
  }

  /** Whether a shard has rows to spread, by the most equal rows of its two parts. */
  public boolean areMany(int trainingCopies, int validationCopies) {
    return areMany(trainingCopies, trainingRows) || areMany(validationCopies, validationRows);
  }

  private boolean areMany(long copies, long rows) {
    return copies > Math.max(FEW, rows / (2L * shards));
  }

  /** Spreads the rows of all shards of one JVM, if there is something to spread. */
  List<ShardData> spread(List<ShardData> assembled, RowPartitioner partitioner) {
    if (assembled.stream()
        .noneMatch(s -> areMany(mostCopies(s.training()), mostCopies(s.validation())))) {
      return assembled;
    }
    List<List<ShardData>> pieces =
        IntStream.range(0, shards).mapToObj(shard -> spread(shard, assembled.get(shard))).toList();
    return IntStream.range(0, shards)
        .mapToObj(
            shard ->
                partitioner.assembleParts(
                    pieces.stream().map(ofShard -> ofShard.get(shard)).toList(), RowMemory.HEAP))
        .toList();
  }

  /**
   * The rows of an assembled shard by the shard that they go to; most stay.
   *
   * @see RowPartitioner#assembleParts
   */
  public List<ShardData> spread(int shard, ShardData assembled) {
    List<Block> training = spread(shard, assembled.training(), trainingRows);
    List<Block> validation = spread(shard, assembled.validation(), validationRows);
    return IntStream.range(0, shards)
        .mapToObj(to -> new ShardData(training.get(to), validation.get(to)))
        .toList();
  }

  private List<Block> spread(int shard, Block sorted, long rows) {
    int[] targets = new int[sorted.rows()];
    int[] sizes = new int[shards];
    for (int from = 0; from < sorted.rows(); ) {
      int to = end(sorted, from);
      boolean many = areMany(to - from, rows);
      for (int row = from; row < to; row++) {
        targets[row] = many ? (int) ((shard + (long) row - from) % shards) : shard;
        sizes[targets[row]]++;
      }
      from = to;
    }
    int[][] members = Arrays.stream(sizes).mapToObj(int[]::new).toArray(int[][]::new);
    int[] filled = new int[shards];
    for (int row = 0; row < targets.length; row++) {
      members[targets[row]][filled[targets[row]]++] = row;
    }
    return Arrays.stream(members).map(sorted::select).toList();
  }

  /** One past the last row that is equal to a row. */
  private static int end(Block sorted, int row) {
    int end = row + 1;
    while (end < sorted.rows() && RowHash.compareContent(sorted, row, sorted, end) == 0) {
      end++;
    }
    return end;
  }
}
