package org.syncbn.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.spark.SyncBatchNormRegistrator;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.ExchangeProbe;
import org.syncbn.spark.sync.Placement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What it costs to agree: exchanges of both engines beside Spark's own means. */
@Command(
    name = "sync",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/bench sync [OPTION]...",
    description = {
      "",
      "Measures, with two tasks in threads of one JVM and in two executor JVMs of this machine: one"
          + " exchange of each engine (a message to every task and an answer from each, both of the"
          + " given size), an empty Spark job, also in turn with the smallest exchange of the tree,"
          + " a treeAggregate of 16 partitions, a broadcast of 1"
          + " MiB read by one job, and PluginContext.ask. Then the training of an MLP"
          + " 784-256-256-10, batch 256, and of a small CNN, batch 128, with each engine, with and"
          + " without batch norm. Last the way of rows from Parquet to the shards of a run, which"
          + " ends before the first step.",
      ""
    })
final class SyncBenchmark implements Callable<Integer> {

  private static final int TASKS = 2;
  private static final int[] SIZES = {1 << 10, 4 << 10, 256 << 10, 4 << 20};
  private static final int ASKED_BYTES = 4 << 10;
  private static final int AGGREGATED = 512; // doubles: 4 KiB
  private static final int TURNS = 7;

  @Spec private CommandSpec spec;

  @Option(
      names = "--exchanges",
      defaultValue = "2000",
      paramLabel = "N",
      description =
          "Exchanges of the gang to measure for each size, after as many to warm up; a twentieth"
              + " as many for everything that takes a Spark job. Default: ${DEFAULT-VALUE}.")
  private int exchanges;

  @Option(
      names = "--ingest-values",
      defaultValue = "64000000",
      paramLabel = "N",
      description =
          "Numbers in each table of Parquet that is read, of 8, 32 and 256 columns; 0 reads none."
              + " Default: ${DEFAULT-VALUE}.")
  private long ingestValues;

  @Mixin private BenchmarkNetworks wanted;

  @Mixin private ReportOptions reporting;

  /** Percentiles of ascending numbers. */
  private static double percentile(double[] ascending, double share) {
    return ascending[(int) Math.min(ascending.length - 1L, (long) (share * ascending.length))];
  }

  /** Runs the benchmark. */
  @Override
  public Integer call() {
    if (exchanges < 20) {
      throw new ParameterException(spec.commandLine(), "--exchanges is at least 20");
    }
    if (ingestValues < 0) {
      throw new ParameterException(spec.commandLine(), "--ingest-values is at least 0");
    }
    Terminal terminal = Terminal.of(spec.commandLine());
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      Optional<ReportFile> file = reporting.file(outputs);
      List<Map<String, Object>> exchange = new ArrayList<>();
      List<Map<String, Object>> bare = new ArrayList<>();
      List<Map<String, Object>> ratios = new ArrayList<>();
      List<Map<String, Object>> training = new ArrayList<>();
      List<Map<String, Object>> ingest = new ArrayList<>();
      for (ClusterKind kind : List.of(ClusterKind.THREADS, ClusterKind.EXECUTORS)) {
        try (SparkCluster cluster = SparkCluster.start(kind, TASKS)) {
          terminal.say("Measuring on " + cluster.master() + ".");
          SparkSession session = cluster.session(settings());
          JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
          exchange.addAll(exchanges(spark));
          bare.addAll(bare(spark)); // behind, when the scheduler's code is compiled
          ratios.add(treeToJob(spark));
          training.addAll(TrainingThroughput.measure(spark, TASKS, wanted));
          ingest.addAll(IngestThroughput.measure(session, terminal, ingestValues));
        }
      }
      terminal.print(
          "%s%n%s%n%s%s"
              .formatted(table(exchange, bare), ratios(ratios), table(training), ingested(ingest)));
      RunReport result =
          new RunReport()
              .with("job", "bench sync")
              .with("exchange", exchange)
              .with("bare", bare)
              .with("ratios", ratios)
              .with("training", training)
              .with("ingest", ingest)
              .with("provenance", provenance());
      file.ifPresent(place -> place.write(result));
      outputs.commit();
    }
    return 0;
  }

  private static Map<String, String> settings() {
    return Map.of(
        "spark.serializer",
        "org.apache.spark.serializer.KryoSerializer",
        "spark.kryo.registrator",
        SyncBatchNormRegistrator.class.getName(),
        "spark.executor.extraJavaOptions",
        "", // with the optimizing compiler
        "spark.plugins",
        EchoPlugin.class.getName());
  }

  private Map<String, Object> provenance() {
    Map<String, Object> provenance = new LinkedHashMap<>(Versions.all());
    provenance.put("processors", Runtime.getRuntime().availableProcessors());
    provenance.put("exchanges", exchanges);
    return provenance;
  }

  private static ExchangeProbe probe(JavaSparkContext spark) {
    return new ExchangeProbe(spark, new Placement(TASKS, TASKS, spark.isLocal() ? 1 : TASKS));
  }

  private List<Map<String, Object>> exchanges(JavaSparkContext spark) {
    ExchangeProbe probe = probe(spark);
    List<Map<String, Object>> results = new ArrayList<>();
    for (EngineKind kind : List.of(EngineKind.GANG, EngineKind.TREE)) {
      for (int bytes : SIZES) {
        int count = kind == EngineKind.TREE ? exchanges / 20 : exchanges;
        double[] micros = probe.exchanges(kind, bytes, count, count);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("engine", kind.toString());
        result.put("cluster", spark.master());
        result.put("bytes", bytes);
        result.put("p50Micros", percentile(micros, 0.5));
        result.put("p99Micros", percentile(micros, 0.99));
        results.add(result);
      }
    }
    return results;
  }

  private List<Map<String, Object>> bare(JavaSparkContext spark) {
    int jobs = exchanges / 20;
    JavaRDD<double[]> vectors =
        spark.parallelize(Collections.nCopies(16, 1), 16).map(one -> new double[AGGREGATED]);
    JavaRDD<Integer> two = spark.parallelize(Collections.nCopies(TASKS, 1), TASKS);
    return List.of(
        bare(spark, "sparkJob", probe(spark).bareJobs(jobs, jobs)),
        bare(
            spark,
            "treeAggregate",
            ExchangeProbe.measure(
                jobs,
                jobs,
                i ->
                    vectors.treeAggregate(
                        new double[AGGREGATED], SyncBenchmark::add, SyncBenchmark::add))),
        bare(spark, "broadcast", ExchangeProbe.measure(jobs, jobs, i -> broadcast(spark, two))),
        bare(spark, "pluginAsk", asks(two, exchanges)));
  }

  private static Map<String, Object> bare(JavaSparkContext spark, String name, double[] micros) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("name", name);
    result.put("cluster", spark.master());
    result.put("p50Micros", percentile(micros, 0.5));
    return result;
  }

  /** The median ratio of the smallest exchange of the tree to a Spark job, both in turn. */
  private Map<String, Object> treeToJob(JavaSparkContext spark) {
    ExchangeProbe probe = probe(spark);
    int jobs = Math.max(1, exchanges / 100);
    double[] ratios = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      double[] tree = probe.exchanges(EngineKind.TREE, SIZES[0], jobs, jobs);
      ratios[turn] = percentile(tree, 0.5) / percentile(probe.bareJobs(jobs, jobs), 0.5);
    }
    Arrays.sort(ratios);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("name", "treeToSparkJob");
    result.put("cluster", spark.master());
    result.put("ratio", percentile(ratios, 0.5));
    return result;
  }

  private static double[] add(double[] left, double[] right) {
    for (int i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
    return left;
  }

  private static void broadcast(JavaSparkContext spark, JavaRDD<Integer> tasks) {
    Broadcast<byte[]> sent = spark.broadcast(new byte[1 << 20]);
    tasks.foreach(one -> sent.value());
    sent.destroy();
  }

  private static double[] asks(JavaRDD<Integer> tasks, int count) {
    return tasks
        .map(
            one -> {
              PluginContext context = EchoPlugin.context();
              byte[] message = new byte[ASKED_BYTES];
              return ExchangeProbe.measure(count, count, i -> ask(context, message));
            })
        .collect()
        .stream()
        .flatMapToDouble(Arrays::stream)
        .sorted()
        .toArray();
  }

  private static void ask(PluginContext context, byte[] message) {
    try {
      context.ask(message);
    } catch (Exception e) {
      throw new IllegalStateException("the driver does not answer", e);
    }
  }

  private static TextTable table(
      List<Map<String, Object>> exchange, List<Map<String, Object>> bare) {
    TextTable table = new TextTable("what", "cluster", "bytes", "p50 us", "p99 us");
    for (Map<String, Object> result : exchange) {
      table.row(
          result.get("engine") + " exchange",
          result.get("cluster").toString(),
          TextTable.count((int) result.get("bytes")),
          micros(result.get("p50Micros")),
          micros(result.get("p99Micros")));
    }
    for (Map<String, Object> result : bare) {
      table.row(
          result.get("name").toString(),
          result.get("cluster").toString(),
          "",
          micros(result.get("p50Micros")),
          "");
    }
    return table;
  }

  private static TextTable ratios(List<Map<String, Object>> ratios) {
    TextTable table = new TextTable("in turn", "cluster", "ratio");
    for (Map<String, Object> result : ratios) {
      table.row(
          "tree exchange / Spark job",
          result.get("cluster").toString(),
          "%.2f".formatted((double) result.get("ratio")));
    }
    return table;
  }

  private static TextTable table(List<Map<String, Object>> training) {
    TextTable table = new TextTable("training", "engine", "cluster", "samples/s");
    for (Map<String, Object> result : training) {
      table.row(
          result.get("network").toString(),
          result.get("engine").toString(),
          result.get("cluster").toString(),
          TextTable.count(Math.round((double) result.get("samplesPerSecond"))));
    }
    return table;
  }

  private static String ingested(List<Map<String, Object>> ingest) {
    if (ingest.isEmpty()) {
      return "";
    }
    TextTable table = new TextTable("from Parquet to shards", "cluster", "rows", "rows/s");
    for (Map<String, Object> result : ingest) {
      table.row(
          result.get("features") + " columns",
          result.get("cluster").toString(),
          TextTable.count((long) result.get("rows")),
          TextTable.count(Math.round((double) result.get("rowsPerSecond"))));
    }
    return "\n" + table;
  }

  private static String micros(Object value) {
    return TextTable.count(Math.round((double) value));
  }
}
