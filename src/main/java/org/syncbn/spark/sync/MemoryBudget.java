package org.syncbn.spark.sync;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.syncbn.data.Schema;
import org.syncbn.spark.internals.ExecutorSlots;
import org.syncbn.train.MemoryPlan;
import org.syncbn.train.MemoryPlan.Item;
import org.syncbn.train.MemoryPlan.Kind;
import org.syncbn.train.MemoryPlan.Place;
import org.syncbn.train.MemoryPlan.Spread;
import org.syncbn.train.RunOptions;

/**
 * Compares the memory that a run takes with the memory that its JVMs have.
 *
 * @param plan what the run takes
 * @param limits what there is, of each JVM that takes part
 */
public record MemoryBudget(MemoryPlan plan, List<Limits> limits) {

  private static final double MEBI = 1 << 20;
  private static final Pattern DIRECT_LIMIT = Pattern.compile("-XX:MaxDirectMemorySize=(\\w+)");

  /**
   * The limits of a JVM.
   *
   * @param place which one
   * @param setting that raises them
   * @param heap the most bytes of its heap
   * @param direct the most bytes of its direct memory
   */
  public record Limits(Place place, String setting, long heap, long direct) {

    long of(Kind kind) {
      return switch (kind) {
        case HEAP -> heap;
        case DIRECT -> direct;
        case FILES -> Long.MAX_VALUE;
      };
    }
  }

  /** Copies the list. */
  public MemoryBudget {
    limits = List.copyOf(limits);
  }

  /**
   * The budget of a run on threads of this JVM, all of whose rows are in the heap.
   *
   * @param trainingRows how many there are, or {@link MemoryPlan#UNKNOWN_ROWS}
   */
  public static MemoryBudget ofThreads(
      int threads, RunOptions options, Schema schema, long trainingRows) {
    MemoryPlan plan = inOneJvm(threads, options, schema, trainingRows, Long.MAX_VALUE);
    return new MemoryBudget(plan.inOneJvm(), List.of(driver()));
  }

  private static MemoryPlan inOneJvm(
      int threads, RunOptions options, Schema schema, long trainingRows, long heapOfRows) {
    int tasks = Math.max(1, Math.min(threads, options.shards()));
    Spread spread = new Spread(1, tasks, 1, 0, false, heapOfRows);
    return MemoryPlan.of(options, schema, spread, trainingRows);
  }

  /**
   * The budget of a run on Spark.
   *
   * @param engine that carries it
   * @param tasks that hold its shards, or threads of the in-process engine
   * @param trainingRows as above
   */
  public static MemoryBudget of(
      SparkContext spark,
      EngineKind engine,
      int tasks,
      RunOptions options,
      Schema schema,
      long trainingRows) {
    SparkConf conf = spark.getConf();
    if (engine == EngineKind.IN_PROCESS || Engines.isLocal(conf)) {
      long heapOfRows = ExecutorRowMemory.heapBytes(conf, driver().heap);
      MemoryPlan plan = inOneJvm(tasks, options, schema, trainingRows, heapOfRows);
      return new MemoryBudget(
          (engine == EngineKind.IN_PROCESS ? plan.collected() : plan).inOneJvm(),
          List.of(driver()));
    }
    Limits ofExecutor = executor(conf);
    int executors = executors(spark, Math.min(tasks, options.shards()));
    int owners = engine == EngineKind.SLICES ? executors : 0;
    int sums = new Placement(options.shards(), executors, executors).nodes();
    long heapOfRows = ExecutorRowMemory.heapBytes(conf, ofExecutor.heap);
    Spread spread = new Spread(executors, tasks, sums, owners, true, heapOfRows);
    return new MemoryBudget(
        MemoryPlan.of(options, schema, spread, trainingRows), List.of(driver(), ofExecutor));
  }

  /** How many executors the tasks take: those that are there, or that have yet to come. */
  private static int executors(SparkContext spark, int tasks) {
    List<ExecutorSlots> known = ExecutorSlots.of(spark);
    int slots = known.stream().mapToInt(ExecutorSlots::slots).max().orElse(1);
    return Math.min(tasks, Math.max(known.size(), (tasks + slots - 1) / slots));
  }

  private static Limits driver() {
    long heap = Runtime.getRuntime().maxMemory();
    long direct =
        Long.parseLong(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
    return new Limits(
        Place.DRIVER, "spark.driver.memory (--driver-memory)", heap, direct > 0 ? direct : heap);
  }

  /**
   * An executor's direct memory may be as large as its heap, unless its options say otherwise, of
   * which the last counts.
   */
  static Limits executor(SparkConf conf) {
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g") << 20;
    String options =
        conf.get("spark.executor.defaultJavaOptions", "")
            + " "
            + conf.get("spark.executor.extraJavaOptions", "");
    long direct =
        DIRECT_LIMIT
            .matcher(options)
            .results()
            .map(option -> bytes(option.group(1)))
            .reduce(heap, (earlier, later) -> later);
    return new Limits(Place.EXECUTOR, "spark.executor.memory (--executor-memory)", heap, direct);
  }

  private static long bytes(String size) {
    boolean withDefaults = false;
    return new SparkConf(withDefaults).set("size", size).getSizeAsBytes("size");
  }

  /** Whether the run fits. */
  public boolean fits() {
    return limits.stream()
        .allMatch(limit -> Stream.of(Kind.values()).allMatch(kind -> shortage(limit, kind) <= 0));
  }

  /**
   * Checks that the run fits.
   *
   * @throws EngineException in a sentence with what is needed, what there is, and the setting to
   *     change
   */
  public void require() {
    for (Limits limit : limits) {
      Kind scarcest =
          Collections.max(
              List.of(Kind.values()), Comparator.comparingLong(kind -> shortage(limit, kind)));
      if (shortage(limit, scarcest) > 0) {
        throw new EngineException(sentence(limit, scarcest, plan.bytes(limit.place, scarcest)));
      }
    }
  }

  /** What a person should know of memory that fits, by the cluster manager's way to count it. */
  public Optional<String> note(String master) {
    long files = plan.bytes(Place.EXECUTOR, Kind.FILES);
    return master.startsWith("yarn") && files > 0
        ? Optional.of(
            "note: about %s of rows in each executor are in mapped files, whose pages YARN counts as"
                    .formatted(mebibytes(files))
                + " memory of the container unless its node managers use control groups or set"
                + " yarn.nodemanager.container-monitor.procfs-tree.smaps-based-rss.enabled=true;"
                + " else raise spark.executor.memoryOverhead by as much")
        : Optional.empty();
  }

  /** How many bytes there are too few of, if it is above 0. */
  private long shortage(Limits limit, Kind kind) {
    return plan.bytes(limit.place, kind) - limit.of(kind);
  }

  private String sentence(Limits limit, Kind kind, long needed) {
    Item largest =
        plan.items().stream()
            .filter(item -> item.place() == limit.place && item.kind() == kind)
            .max(Comparator.comparingLong(Item::bytes))
            .orElseThrow();
    boolean isOfRows = largest.name().equals(MemoryPlan.VALUES);
    return "the run takes about %s of %s memory in %s, which has %s; most of it for the %s (%s): raise %s to more than %s%s"
        .formatted(
            mebibytes(needed),
            name(kind),
            limit.place == Place.DRIVER ? "the driver" : "each executor",
            mebibytes(limit.of(kind)),
            largest.name(),
            mebibytes(largest.bytes()),
            limit.setting,
            mebibytes(needed),
            isOfRows ? ", or compute fewer rows at once with training.microBatches" : "");
  }

  /** A table for a person. */
  public String explain() {
    StringBuilder text = new StringBuilder();
    line(text, "%-32s %10s %8s %14s", "memory, estimated", "JVM", "kind", "bytes");
    for (Item item : plan.items()) {
      line(
          text,
          "%-32s %10s %8s %,14d",
          item.name(),
          name(item.place()),
          name(item.kind()),
          item.bytes());
    }
    for (Limits limit : limits) {
      for (Kind kind : List.of(Kind.HEAP, Kind.DIRECT)) {
        line(
            text,
            "%-32s %10s %8s %,14d of %,d",
            "together",
            name(limit.place),
            name(kind),
            plan.bytes(limit.place, kind),
            limit.of(kind));
      }
    }
    return text.toString();
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,.0f MiB", Math.ceil(bytes / MEBI));
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
