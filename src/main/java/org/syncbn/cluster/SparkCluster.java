package org.syncbn.cluster;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.OptionConverters;

/**
 * A Spark cluster on this machine that lives as long as this object: started, used, one of its
 * executors killed, stopped.
 *
 * <pre>{@code
 * try (SparkCluster cluster = SparkCluster.start(ClusterKind.STANDALONE, 2)) {
 *   SparkSession spark = cluster.session(Map.of("spark.kryo.registrationRequired", "true"));
 *   ...
 *   cluster.killExecutor();
 *   cluster.awaitExecutors(2, Duration.ofSeconds(30));
 * }
 * }</pre>
 *
 * <p>Code that opens its session itself needs {@link #master()} only; all of {@link #conf()} is
 * better. Executors run the class path of this JVM, whatever {@code SPARK_HOME} says. Everything
 * listens on the loopback address unless machines are given, on ports that the system chooses. No
 * process outlives this JVM, not even when it is killed.
 *
 * <p>Spark allows one session per JVM at a time, so clusters may coexist but their sessions may
 * not. Methods may be called from any thread; {@link #killExecutor()} while another thread runs a
 * job is what it is for.
 */
public abstract sealed class SparkCluster implements AutoCloseable
    permits ThreadCluster, LocalCluster, StandaloneCluster {

  /** How long a start may take before it counts as failed. */
  static final Duration START_DEADLINE = Duration.ofSeconds(60);

  /** How long a process may take to end, and the driver to notice that one has. */
  static final Duration END_DEADLINE = Duration.ofSeconds(10);

  /**
   * Spark starts executors without end when they end at once; after so many it is called a failure.
   */
  private static final int MOST_LOST_STARTS = 3;

  /** Spark rejects executors below 1.5 times the 300 MiB that it reserves for itself. */
  private static final int LEAST_MEGABYTES = 450;

  /** JVMs of tests live for seconds, in which the optimizing compiler only costs time. */
  static final List<String> QUICK_TO_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  final int executorCount;
  final int coresPerExecutor;
  final int memoryMegabytes;
  private SparkSession session;

  SparkCluster(int executorCount, int coresPerExecutor, int memoryMegabytes) {
    if (executorCount < 1 || coresPerExecutor < 1) {
      throw new IllegalArgumentException(
          "A cluster has at least one executor with one core, not %d with %d."
              .formatted(executorCount, coresPerExecutor));
    }
    if (memoryMegabytes < LEAST_MEGABYTES) {
      throw new IllegalArgumentException(
          "Spark needs at least %d MiB of memory per executor, not %d."
              .formatted(LEAST_MEGABYTES, memoryMegabytes));
    }
    this.executorCount = executorCount;
    this.coresPerExecutor = coresPerExecutor;
    this.memoryMegabytes = memoryMegabytes;
  }

  /**
   * Starts a cluster with one core and 1 GiB per executor, which is what Spark gives an executor by
   * default.
   *
   * @throws IllegalStateException if it does not come up within a minute, with the end of its log
   */
  public static SparkCluster start(ClusterKind kind, int executors) {
    return start(kind, executors, 1, 1024);
  }

  /**
   * Starts a cluster. {@link ClusterKind#THREADS} makes {@code executors * coresPerExecutor}
   * threads, in the memory that this JVM has.
   *
   * @throws IllegalStateException if it does not come up within a minute, with the end of its log
   */
  public static SparkCluster start(
      ClusterKind kind, int executors, int coresPerExecutor, int memoryMegabytes) {
    return switch (kind) {
      case THREADS -> new ThreadCluster(executors, coresPerExecutor, memoryMegabytes);
      case EXECUTORS -> new LocalCluster(executors, coresPerExecutor, memoryMegabytes);
      case STANDALONE ->
          start(
              Machine.THIS,
              Collections.nCopies(executors, Machine.THIS),
              coresPerExecutor,
              memoryMegabytes);
    };
  }

  /**
   * Starts a {@link ClusterKind#STANDALONE} cluster on some machines. Its session is to be opened
   * on the master's, where {@link #conf()} wants the driver.
   *
   * @param master where the master runs
   * @param workers where each worker runs, with one executor
   * @throws IllegalStateException if it does not come up within a minute, with the end of its log
   */
  public static SparkCluster start(
      Machine master, List<Machine> workers, int coresPerExecutor, int memoryMegabytes) {
    return new StandaloneCluster(
        master, workers, coresPerExecutor, memoryMegabytes, System.getProperty("java.class.path"));
  }

  /** Where the driver listens. */
  String driverAddress() {
    return Machine.THIS.address();
  }

  /** The URL for {@code spark.master}. */
  public abstract String master();

  /** The JVMs that run executors now; none without a session, and never any with threads. */
  public abstract List<ProcessHandle> executors();

  /** How many executors were started since this cluster was. */
  abstract int launchedExecutors();

  /** The end of the log of the executor that was started last, for messages. */
  abstract String newestLog();

  /** Ends the processes and removes the files; the session is stopped already. */
  abstract void end();

  /**
   * The settings of a session on this cluster, {@code spark.master} among them: the driver's
   * address, the size of an executor, JVM options for a quick start ({@code
   * spark.executor.extraJavaOptions}: no optimizing compiler, so set others to measure speed), no
   * web page, and tasks at once for an executor that replaces a dead one.
   */
  public final Map<String, String> conf() {
    Map<String, String> conf = new LinkedHashMap<>();
    conf.put("spark.master", master());
    conf.put("spark.driver.host", driverAddress());
    conf.put("spark.driver.bindAddress", driverAddress());
    conf.put("spark.executor.cores", Integer.toString(coresPerExecutor));
    conf.put("spark.executor.memory", memoryMegabytes + "m");
    conf.put("spark.executor.extraJavaOptions", String.join(" ", QUICK_TO_START));
    conf.put("spark.ui.enabled", "false");
    conf.put("spark.locality.wait", "0");
    return conf;
  }

  /** {@link #session(Map)} with nothing but {@link #conf()}. */
  public final SparkSession session() {
    return session(Map.of());
  }

  /**
   * The session of this cluster, opened on first use and again after it was stopped, with all
   * executors there. The settings win over {@link #conf()} and count when the session is opened.
   *
   * @throws IllegalStateException if the executors do not come within a minute, with the end of a
   *     log; or if this JVM has another session
   */
  public final synchronized SparkSession session(Map<String, String> settings) {
    if (session != null && !session.sparkContext().isStopped()) {
      return session;
    }
    activeContext()
        .ifPresent(
            context -> {
              throw new IllegalStateException(
                  "This JVM has a Spark session already, on %s; stop it to open one on %s."
                      .formatted(context.master(), master()));
            });
    SparkSession.Builder builder = SparkSession.builder().appName("Test cluster");
    conf().forEach(builder::config);
    settings.forEach(builder::config);
    session = builder.getOrCreate();
    try {
      awaitExecutors(executorCount, START_DEADLINE);
    } catch (IllegalStateException e) {
      session.stop();
      throw e;
    }
    return session;
  }

  /**
   * Waits until so many executors are registered with the session that is open in this JVM; threads
   * always are.
   *
   * @throws IllegalStateException if the deadline passes or Spark gives up before, with the end of
   *     a log
   */
  public final void awaitExecutors(int count, Duration deadline) {
    if (this instanceof ThreadCluster) {
      return;
    }
    SparkContext context =
        activeContext()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "Executors register with a session: open one on %s first."
                            .formatted(master())));
    int enough = launchedExecutors() + count + MOST_LOST_STARTS;
    BooleanSupplier hopeless = () -> context.isStopped() || launchedExecutors() > enough;
    Processes.await(deadline, () -> hopeless.getAsBoolean() || registered(context).size() >= count);
    String obstacle =
        context.isStopped()
            ? "The session was stopped"
            : hopeless.getAsBoolean()
                ? "One executor after the other ended"
                : deadline.toSeconds() + " s have passed";
    if (hopeless.getAsBoolean() || registered(context).size() < count) {
      throw new IllegalStateException(
          "%s: fewer than %d executors registered on %s. %s"
              .formatted(obstacle, count, master(), newestLog()));
    }
  }

  /**
   * Kills the JVM of one executor, as {@code kill -9} does. Returns when it is gone and the session
   * in this JVM, if one is open, has noticed; Spark then starts another.
   *
   * @return the process id that was killed
   * @throws UnsupportedOperationException if executors are threads
   * @throws IllegalStateException if no executor is running
   */
  public long killExecutor() {
    List<ProcessHandle> running = executors();
    if (running.isEmpty()) {
      throw new IllegalStateException(
          "No executor runs on %s: open a session first.".formatted(master()));
    }
    ProcessHandle victim = running.get(0);
    Set<String> before = activeContext().map(SparkCluster::registered).orElse(Set.of());
    boolean victimIsKnown = before.size() >= running.size(); // one that starts is not, yet
    victim.destroyForcibly();
    boolean gone =
        Processes.await(
            END_DEADLINE,
            () ->
                !Processes.isRunning(victim)
                    && !(victimIsKnown
                        && activeContext()
                            .filter(it -> registered(it).containsAll(before))
                            .isPresent()));
    if (!gone) {
      throw new IllegalStateException(
          "Process %d was killed and still counts as an executor.".formatted(victim.pid()));
    }
    return victim.pid();
  }

  /**
   * Stops the session that is open on this cluster, whoever opened it, and waits for its executors
   * to end. The cluster remains, and can have another.
   */
  public final void stopSession() {
    activeContext()
        .filter(context -> context.master().equals(master()))
        .ifPresent(SparkContext::stop);
    Processes.end(executors());
  }

  /** Stops the session and all processes, and removes their files. */
  @Override
  public final void close() {
    try {
      stopSession();
    } finally {
      end();
    }
  }

  private static Optional<SparkContext> activeContext() {
    return OptionConverters.toJava(SparkContext$.MODULE$.getActive());
  }

  /** The addresses of the executors that the driver knows. */
  private static Set<String> registered(SparkContext context) {
    String driver = context.env().blockManager().blockManagerId().hostPort();
    return Stream.of(context.statusTracker().getExecutorInfos())
        .map(executor -> executor.host() + ":" + executor.port())
        .filter(address -> !address.equals(driver))
        .collect(Collectors.toSet());
  }
}
