package org.syncbn.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.data.Schema;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.nn.PassMemory;
import org.syncbn.optim.Transform;

/**
 * The memory that a run takes in the driver and in each executor, estimated before it starts: what
 * grows with the network, the mini-batch, the optimizer and the training rows. Spark's own memory
 * and the held-out rows come on top. Shards are taken to be of one size: while they are put
 * together, one with very many equal rows is larger, for all copies of a row meet there first.
 *
 * @param items what takes memory
 */
public record MemoryPlan(List<Item> items) {

  /** The number of training rows before it is known: enough for the usual mini-batch. */
  public static final long UNKNOWN_ROWS = Long.MAX_VALUE;

  /** What micro-batches make smaller. */
  public static final String VALUES = "values and their gradients";

  private static final String ROWS = "training rows";

  private static final String OTHER_ROWS = "other training rows";

  /** What sorting a shard takes for each row: hashes and places, twice, and its parts. */
  private static final long BYTES_TO_SORT = 7 * Long.BYTES;

  /** What the driver keeps for the case that executors which own slices are lost. */
  public static final String FETCHED = "weights and optimizer state fetched from executors";

  private static final int EVALUATED_ROWS = TrainingStep.BLOCK_ROWS;

  /** Where memory is taken; on a local master, one JVM is both. */
  public enum Place {
    /** The JVM of the training loop. */
    DRIVER,
    /** A JVM that computes. */
    EXECUTOR
  }

  /** The limit that memory counts towards. */
  public enum Kind {
    /** Java's arrays and objects. */
    HEAP,
    /** Tensors, beside the heap. */
    DIRECT,
    /** Files that are mapped into memory, of which the operating system keeps as much as it can. */
    FILES
  }

  /**
   * What takes memory.
   *
   * @param place in which JVM
   * @param kind of memory
   * @param name for a person
   * @param bytes how much
   */
  public record Item(Place place, Kind kind, String name, long bytes) {}

  /**
   * How a run is spread.
   *
   * @param executors that compute; 1 where that is the driver
   * @param tasks of all of them, or threads
   * @param sums of gradients that all of them send: one each, or a few where its shards are not an
   *     aligned block
   * @param owners how many executors own weights and optimizer state, each a slice; 0 if the driver
   *     does
   * @param remote whether gradients reach the driver from other JVMs
   * @param heapOfRows the most bytes of training rows in the heap of an executor; more are in files
   */
  public record Spread(
      int executors, int tasks, int sums, int owners, boolean remote, long heapOfRows) {}

  /** Copies the list. */
  public MemoryPlan {
    items = List.copyOf(items);
  }

  /**
   * Estimates a run.
   *
   * @param trainingRows how many there are, or {@link #UNKNOWN_ROWS}
   * @throws IllegalArgumentException in a sentence, if a layer does not fit the rows
   */
  public static MemoryPlan of(RunOptions options, Schema schema, Spread spread, long trainingRows) {
    Network network = TrainedModel.network(options.network(), schema, options.seed());
    List<Item> items = new ArrayList<>();
    addDriver(items, network, options, spread);
    if (spread.owners > 0) {
      addOwner(items, network, options, spread);
    }
    addExecutor(items, network, options, spread, trainingRows);
    if (trainingRows != UNKNOWN_ROWS) {
      addRows(items, options, schema, spread, trainingRows);
    }
    return new MemoryPlan(items);
  }

  private static void addRows(
      List<Item> items, RunOptions options, Schema schema, Spread spread, long trainingRows) {
    DataOptions data = options.data();
    long features = (data.format().isTable() ? Float.BYTES : 1) * (long) schema.rowSize();
    long labels = (long) Float.BYTES * data.label().map(label -> label.names().size()).orElse(1);
    long weight = data.weight().isPresent() ? Float.BYTES : 0;
    long shardRows = ceil(trainingRows, options.shards());
    long rows = ceil(options.shards(), spread.executors) * shardRows;
    boolean areRead = data.format().isOnExecutors();
    long inHeap = areRead ? Math.min(rows * features, spread.heapOfRows) : rows * features;
    add(items, Place.EXECUTOR, Kind.HEAP, ROWS, inHeap);
    add(items, Place.EXECUTOR, Kind.FILES, OTHER_ROWS, rows * features - inHeap);
    add(
        items,
        Place.EXECUTOR,
        Kind.HEAP,
        "labels and order of rows",
        rows * (labels + weight + Integer.BYTES));
    if (areRead) {
      long tasks = ceil(spread.tasks, spread.executors);
      add(
          items,
          Place.EXECUTOR,
          Kind.HEAP,
          "rows of a shard, to be put together",
          tasks * shardRows * (features + labels + weight + BYTES_TO_SORT));
    } else {
      long copies = spread.remote ? 3 : 1; // as read; in shards, and ready to be sent
      add(
          items,
          Place.DRIVER,
          Kind.HEAP,
          "rows read here",
          copies * trainingRows * (features + labels));
    }
  }

  private static void addDriver(
      List<Item> items, Network network, RunOptions options, Spread spread) {
    long weights = bytesOfWeights(network);
    boolean owns = spread.owners == 0;
    boolean keepsBest = options.training().earlyStopping().isPresent();
    long states = states(options);
    add(items, Place.DRIVER, Kind.DIRECT, "weights, old and new", (owns ? 2 : 1) * weights);
    add(items, Place.DRIVER, Kind.DIRECT, "update by norms", owns && scales(options) ? weights : 0);
    add(items, Place.DRIVER, Kind.DIRECT, "weights of the best epoch", keepsBest ? weights : 0);
    add(items, Place.DRIVER, Kind.DIRECT, "weights at the end", weights);
    add(
        items,
        Place.DRIVER,
        Kind.DIRECT,
        "gradients of executors",
        owns && spread.remote ? spread.sums * weights : 0);
    add(
        items,
        Place.DRIVER,
        Kind.HEAP,
        owns ? "optimizer state, old and new" : "optimizer state",
        (owns ? 2 : 1) * states * weights);
    add(items, Place.DRIVER, Kind.HEAP, "average of weights", averages(options) ? 2 * weights : 0);
    add(items, Place.DRIVER, Kind.HEAP, "first values of an array", largestArray(network));
    if (!owns) { // the last ones, and those that come
      add(items, Place.DRIVER, Kind.DIRECT, FETCHED, 2 * (weights + beside(options, weights)));
    }
  }

  /** What an executor has because it owns a slice. */
  private static void addOwner(
      List<Item> items, Network network, RunOptions options, Spread spread) {
    long weights = bytesOfWeights(network);
    long slice = largestSlice(network, options, spread.owners);
    add(items, Place.EXECUTOR, Kind.DIRECT, "weights, old and new", 2 * weights);
    add(items, Place.EXECUTOR, Kind.DIRECT, "slice of state that came", beside(options, slice));
    add(
        items,
        Place.EXECUTOR,
        Kind.DIRECT,
        "gradients of all, weights of others",
        spread.sums * slice + weights - slice);
    add(items, Place.EXECUTOR, Kind.DIRECT, "update by norms", scales(options) ? slice : 0);
    add(
        items,
        Place.EXECUTOR,
        Kind.HEAP,
        "slice of optimizer state, old and new",
        2 * states(options) * slice);
    add(
        items,
        Place.EXECUTOR,
        Kind.HEAP,
        "slice of the average of weights",
        averages(options) ? 2 * slice : 0);
  }

  /** The bytes of state that belong to bytes of weights: of the optimizer, and of their average. */
  private static long beside(RunOptions options, long weights) {
    return (states(options) + (averages(options) ? 2 : 0)) * weights;
  }

  private static boolean averages(RunOptions options) {
    return options.training().weightAveraging().isPresent();
  }

  private static boolean scales(RunOptions options) {
    return options.optimizer().transforms().stream().anyMatch(Transform.ByNorm.class::isInstance);
  }

  private static long states(RunOptions options) {
    return options.optimizer().transforms().stream().mapToLong(MemoryPlan::states).sum();
  }

  private static long largestArray(Network network) {
    int size = network.parameters().stream().mapToInt(ParameterBlock::size).max().orElse(0);
    return (long) Float.BYTES * size;
  }

  /** More than its share where an array is not cut. */
  private static long largestSlice(Network network, RunOptions options, int owners) {
    int[] starts =
        new UpdatePlan(
                network,
                List.of(),
                ParameterGroup.segments(network.parameters(), options.training().parameterGroups()),
                options.training().batchNormSync(),
                false)
            .starts(owners);
    int largest =
        IntStream.range(0, owners).map(i -> starts[i + 1] - starts[i]).max().orElseThrow();
    return (long) Float.BYTES * largest;
  }

  private static long states(Transform transform) {
    return transform instanceof Transform.Elementwise elementwise
        ? elementwise.stateNames().size()
        : 0;
  }

  private static void addExecutor(
      List<Item> items, Network network, RunOptions options, Spread spread, long trainingRows) {
    long weights = bytesOfWeights(network);
    int batch = options.training().batchSize(trainingRows);
    long tasks = ceil(spread.tasks, spread.executors);
    long shards = ceil(options.shards(), spread.tasks);
    long shardRows = ceil(batch, options.shards()) + 1;
    long rows = shards * shardRows;
    MicroBatches pieces = options.training().microBatches().orElse(MicroBatches.NONE);
    PassMemory training = PassMemory.ofTraining(network, pieces);
    PassMemory evaluation = PassMemory.ofInference(network);
    long input = (long) Float.BYTES * network.input().size();
    add(items, Place.EXECUTOR, Kind.DIRECT, "rows of the mini-batch", tasks * rows * input);
    add(
        items,
        Place.EXECUTOR,
        Kind.DIRECT,
        VALUES,
        tasks * training.bytes(rows, Math.max(shardRows, pieces.rows())));
    add(
        items,
        Place.EXECUTOR,
        Kind.DIRECT,
        "gradients of weights",
        tasks * vectors(options, shards) * weights);
    add(items, Place.EXECUTOR, Kind.DIRECT, "weights that came", spread.remote ? weights : 0);
    add(
        items,
        Place.EXECUTOR,
        Kind.DIRECT,
        "evaluation",
        tasks
            * (weights
                + EVALUATED_ROWS * input
                + evaluation.bytes(EVALUATED_ROWS, EVALUATED_ROWS)));
  }

  /** How many vectors of gradients a task adds up: as many as the tree of its shards is high. */
  private static long vectors(RunOptions options, long shards) {
    long groupSize =
        switch (options.training().batchNormSync()) {
          case SHARD -> 1;
          case GLOBAL -> options.training().batchNormGroupSize();
        };
    long together = groupSize == 0 ? shards : Math.min(shards, groupSize);
    return ceil(shards, together) * (Long.SIZE - Long.numberOfLeadingZeros(together));
  }

  private static long ceil(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }

  private static long bytesOfWeights(Network network) {
    return (long) Float.BYTES * network.weightCount();
  }

  private static void add(List<Item> items, Place place, Kind kind, String name, long bytes) {
    if (bytes > 0) {
      items.add(new Item(place, kind, name, bytes));
    }
  }

  /** All memory of a kind in a place. */
  public long bytes(Place place, Kind kind) {
    return items.stream()
        .filter(item -> item.place == place && item.kind == kind)
        .mapToLong(Item::bytes)
        .sum();
  }

  /** The same where a JVM collects all rows from Spark, which come as serialized bytes. */
  public MemoryPlan collected() {
    long bytes =
        items.stream()
            .filter(item -> item.name.equals(ROWS) || item.name.equals(OTHER_ROWS))
            .mapToLong(Item::bytes)
            .sum();
    List<Item> all = new ArrayList<>(items);
    add(all, Place.EXECUTOR, Kind.HEAP, "rows to be collected", bytes);
    return new MemoryPlan(all);
  }

  /** The same in the JVM that is both driver and executor. */
  public MemoryPlan inOneJvm() {
    return new MemoryPlan(
        items.stream()
            .map(item -> new Item(Place.DRIVER, item.kind, item.name, item.bytes))
            .toList());
  }
}
