package org.syncbn.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.syncbn.tensor.CounterRandom;

/**
 * Hash-partitions rows into logical shards by their content: the same rows make the same shards,
 * whatever files, partitions and machines they come from.
 *
 * <p>Shard = {@link RowHash} mod the number of shards; inside a shard rows are sorted by (hash,
 * bytes). Equal rows are interchangeable and in the same shard, unless they are so many that {@link
 * EqualRows} spreads them. First {@link #split} each piece of the input, then {@link #assemble}
 * each shard from its pieces: on a cluster the two run on either side of a shuffle. A part of the
 * rows can be held out for validation, again by content.
 *
 * @param shards how many logical shards there are; at least 1
 * @param seed of the hash, and of the choice of validation rows
 * @param validationFraction which share of the training rows is held out; from 0 to below 1
 */
public record RowPartitioner(int shards, long seed, double validationFraction)
    implements Serializable {

  private static final double LEAST_IDLE = 0.2;

  /** Checks the number of shards and the fraction. */
  public RowPartitioner {
    if (shards < 1) {
      throw new IllegalArgumentException("there must be at least one shard, not " + shards);
    }
    if (!(validationFraction >= 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "the validation fraction must be at least 0 and below 1, was " + validationFraction);
    }
  }

  /** Partitions all rows of one JVM. */
  public List<ShardData> partition(Block rows) {
    List<ShardData> parts = new ArrayList<>();
    for (Block piece : split(rows)) {
      parts.add(assemble(List.of(piece), RowMemory.HEAP));
    }
    return EqualRows.of(parts).spread(parts, this);
  }

  /** Partitions training rows and a separate validation set. */
  public List<ShardData> partition(Block training, Block validation) {
    RowPartitioner whole = new RowPartitioner(shards, seed, 0);
    List<Block> trainingPieces = whole.split(training);
    List<Block> validationPieces = whole.split(validation);
    List<ShardData> parts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      parts.add(
          new ShardData(
              whole.assemble(List.of(trainingPieces.get(shard)), RowMemory.HEAP).training(),
              whole.assemble(List.of(validationPieces.get(shard)), RowMemory.HEAP).training()));
    }
    return EqualRows.of(parts).spread(parts, this);
  }

  /** The rows of one piece of the input, some of them held out already, by shard. */
  public List<ShardData> split(ShardData rows) {
    List<Block> training = split(rows.training());
    List<Block> validation = split(rows.validation());
    return IntStream.range(0, shards)
        .mapToObj(shard -> new ShardData(training.get(shard), validation.get(shard)))
        .toList();
  }

  /** The rows of one piece of the input, by shard. */
  public List<Block> split(Block rows) {
    RowHash hash = new RowHash(seed);
    int[] shardOf = new int[rows.rows()];
    int[] sizes = new int[shards];
    for (int row = 0; row < rows.rows(); row++) {
      shardOf[row] = (int) Long.remainderUnsigned(hash.of(rows, row), shards);
      sizes[shardOf[row]]++;
    }
    int[][] members = new int[shards][];
    Arrays.setAll(members, shard -> new int[sizes[shard]]);
    int[] filled = new int[shards];
    for (int row = 0; row < rows.rows(); row++) {
      members[shardOf[row]][filled[shardOf[row]]++] = row;
    }
    List<Block> pieces = new ArrayList<>(shards);
    for (int[] member : members) {
      pieces.add(rows.select(member));
    }
    return pieces;
  }

  /** One shard from its pieces, some of whose rows are held out already; they come in any order. */
  public ShardData assemblePieces(List<ShardData> pieces, RowMemory memory) {
    ShardData fitted = assemble(pieces.stream().map(ShardData::training).toList(), memory);
    List<Block> held = pieces.stream().map(ShardData::validation).toList();
    if (held.stream().allMatch(block -> block.rows() == 0)) {
      return fitted;
    }
    RowPartitioner whole = new RowPartitioner(shards, seed, 0);
    return new ShardData(fitted.training(), whole.assemble(held, memory).training());
  }

  /** One shard from its pieces, which may come in any order. */
  public ShardData assemble(List<Block> pieces, RowMemory memory) {
    RowOrder order = RowOrder.of(pieces, seed);
    CounterRandom random = CounterRandom.of(seed).fork("validation");
    long[] training = new long[order.rows()];
    long[] validation = new long[order.rows()];
    int trainingRows = 0;
    int validationRows = 0;
    for (int i = 0; i < order.rows(); i++) {
      if (validationFraction > 0 && random.uniform(order.hash(i)) < validationFraction) {
        validation[validationRows++] = order.place(i);
      } else {
        training[trainingRows++] = order.place(i);
      }
    }
    return new ShardData(
        Block.gather(pieces, Arrays.copyOf(training, trainingRows), memory),
        Block.gather(pieces, Arrays.copyOf(validation, validationRows), memory));
  }

  /** One shard from its pieces, in which training and validation rows are told apart already. */
  public ShardData assembleParts(List<ShardData> pieces, RowMemory memory) {
    return new RowPartitioner(shards, seed, 0).assemblePieces(pieces, memory);
  }

  /** The order in which an epoch takes a shard's training rows. */
  public static int[] order(long seed, long epoch, int shard, int rows) {
    return CounterRandom.of(seed).fork("shuffle").fork(epoch).fork(shard).permutation(rows);
  }

  /**
   * A sentence when the shards are so uneven that some threads would wait for others: equal rows
   * are in the same shard, up to half as many as an average shard has.
   */
  public static Optional<String> imbalance(long[] rowsOfShards) {
    long sum = Arrays.stream(rowsOfShards).sum();
    long most = Arrays.stream(rowsOfShards).max().orElse(0);
    double mean = (double) sum / rowsOfShards.length;
    // Six standard deviations of a fair hash, so that only repeated rows can be the reason.
    if (most <= mean + 6 * Math.sqrt(mean) + 1) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            java.util.Locale.ROOT,
            "the largest of %d shards holds %d rows, %.1f times the mean: many rows of the input"
                + " are equal, and equal rows share a shard unless they are as many as half a"
                + " shard",
            rowsOfShards.length,
            most,
            most / mean));
  }

  /**
   * A sentence when so few shards, or so many on one worker, leave a fifth of the workers' time
   * idle.
   *
   * @param shards how many there are
   * @param workers tasks or threads that could each compute some of them
   */
  public static Optional<String> idleness(int shards, int workers) {
    int most = (shards + workers - 1) / workers;
    double idle = 1 - (double) shards / (most * (long) workers);
    if (idle < LEAST_IDLE) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            java.util.Locale.ROOT,
            "%d shards leave %d cores idle for %.0f %% of the time; a multiple of %d for the"
                + " setting 'shards' would not, and would train another model",
            shards,
            workers,
            100 * idle,
            workers));
  }
}
