package org.syncbn.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.SyncBatchNormRegistrator;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.internals.Settings;
import org.syncbn.spark.sync.Engines;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import scala.jdk.javaapi.OptionConverters;

/** The options for the Spark session and for reports. */
public final class SessionOptions {

  /** All cores of this machine, and four tries for a task as on a cluster. */
  private static final String DEFAULT_MASTER = "local[*,4]";

  private static final String LOOPBACK = "127.0.0.1";

  /**
   * The machine interprets larger methods, 20 times slower than Spark without generated code. Spark
   * generates them for about 64 columns.
   */
  private static final Map.Entry<String, String> LARGEST_METHOD =
      Map.entry("spark.sql.codegen.hugeMethodLimit", "8000");

  /** In every zone the same bytes: no time is read or written by the zone of a machine. */
  private static final Map.Entry<String, String> ZONE =
      Map.entry("spark.sql.session.timeZone", "UTC");

  /** The loggers that print, with stack traces, what a failing job reports in one sentence. */
  private static final List<String> TALKATIVE =
      List.of(
          "org.apache.spark.executor.Executor",
          "org.apache.spark.scheduler.TaskSetManager",
          "org.apache.spark.sql.delta",
          "org.apache.spark.sql.execution.datasources.FileFormatWriter",
          "org.apache.spark.sql.execution.streaming",
          "org.apache.spark.util.SparkStringUtils",
          "org.apache.spark.util.Utils");

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark master, such as local[2], local-cluster[2,1,2048] or spark://host:7077."
              + " Default: the setting of spark-submit or conf/, else all cores of this machine.")
  String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A Spark setting; may be repeated.")
  Map<String, String> conf = new LinkedHashMap<>();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec job;

  /** What is said beside the result. */
  @Mixin public ReportOptions reporting;

  /** Settings that must be known before the JVM of a job starts, so that it is too late here. */
  @Option(
      names = {
        "--deploy-mode",
        "--driver-memory",
        "--executor-memory",
        "--executor-cores",
        "--num-executors",
        "--queue",
        "--packages",
        "--jars",
        "--properties-file"
      },
      paramLabel = "VALUE",
      description =
          "Passed on to spark-submit by the scripts in jobs/, like all its options for"
              + " applications.")
  void rejectLate(String value) {
    throw new ParameterException(
        job.commandLine(),
        "options of spark-submit stand before the jar, or among the arguments of a script in"
            + " jobs/");
  }

  /** A session that the job may use, and whether the job has to stop it. */
  public record Session(SparkSession spark, boolean own) implements AutoCloseable {

    /** Stops the session if this job started it. */
    @Override
    public void close() {
      if (own) {
        spark.stop();
      }
    }
  }

  /** The settings of Hadoop's file systems, for a job that may not need a session. */
  public Configuration files() {
    return running()
        .map(session -> session.sparkContext().hadoopConfiguration())
        .orElseGet(
            () -> {
              DriverMachine.nameUser();
              return Settings.hadoop(settings());
            });
  }

  private SparkConf settings() {
    SparkConf settings = new SparkConf();
    conf.forEach(settings::set);
    DriverMachine.obeyUmask(settings);
    return settings;
  }

  private static Optional<SparkSession> running() {
    return OptionConverters.toJava(SparkSession.getDefaultSession())
        .filter(session -> !session.sparkContext().isStopped());
  }

  /** A session for all cores of this machine, unless something else is said. */
  public Session open(String name) {
    return open(name, DEFAULT_MASTER);
  }

  /** A session on the context of this JVM if there is one, else on a new context. */
  public Session open(String name, String defaultMaster) {
    Versions.ofOtherSpark()
        .ifPresent(sentence -> Terminal.of(job.commandLine()).say("warning: " + sentence));
    Optional<SparkSession> running = running();
    if (running.isPresent()) {
      return new Session(share(running.get()), false);
    }
    SparkConf settings = named(name);
    if (master != null) {
      settings.setMaster(master);
    }
    settings.setIfMissing("spark.master", defaultMaster);
    settings.setIfMissing("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    settings.setIfMissing("spark.kryo.registrator", SyncBatchNormRegistrator.class.getName());
    settings.setIfMissing("spark.ui.showConsoleProgress", "false");
    settings.setIfMissing(LARGEST_METHOD.getKey(), LARGEST_METHOD.getValue());
    settings.setIfMissing(ZONE.getKey(), ZONE.getValue());
    settings.setIfMissing("spark.executor.extraJavaOptions", "-Duser.timezone=UTC");
    TableFormat.settings().forEach(settings::setIfMissing);
    if (Engines.isLocal(settings)) {
      // Executors of other masters may be lost, which is worth a line.
      TALKATIVE.forEach(
          logger -> Configurator.setLevel(logger, reporting.stacktrace ? Level.WARN : Level.OFF));
    }
    if (settings.get("spark.master").startsWith("local")) {
      settings.setIfMissing("spark.driver.host", LOOPBACK);
      settings.setIfMissing("spark.driver.bindAddress", LOOPBACK);
      settings.setIfMissing("spark.ui.enabled", "false");
    }
    DriverMachine.ready(settings);
    try {
      return new Session(SparkSession.builder().config(settings).getOrCreate(), true);
    } catch (IllegalStateException e) {
      if (settings.get("spark.master").startsWith("spark://")) { // it has stopped the context
        throw new JobFailure(
            "The Spark master %s does not answer, or has rejected the application."
                .formatted(settings.get("spark.master")),
            e);
      }
      throw e;
    }
  }

  /** The settings, with a name for the application that has none of its own. */
  SparkConf named(String name) {
    SparkConf settings = settings();
    String mainClass = job.root().userObject().getClass().getName();
    String given = settings.get("spark.app.name", mainClass); // as spark-submit fills it in
    return given.equals(mainClass) ? settings.setAppName(name) : settings;
  }

  private SparkSession share(SparkSession running) {
    String itsMaster = running.sparkContext().master();
    if (master != null && !master.equals(itsMaster)) {
      throw new JobFailure(
          ("A Spark session with the master %s already runs in this JVM, so --master %s cannot be"
                  + " used.")
              .formatted(itsMaster, master));
    }
    SparkSession session = running.newSession();
    if (!session.conf().getAll().contains(LARGEST_METHOD.getKey())) {
      session.conf().set(LARGEST_METHOD.getKey(), LARGEST_METHOD.getValue());
    }
    session.conf().set(ZONE.getKey(), ZONE.getValue());
    conf.forEach(
        (key, value) -> {
          if (!session.conf().isModifiable(key)) {
            throw new JobFailure(
                "A Spark session already runs in this JVM, so --conf %s cannot be set any more."
                    .formatted(key));
          }
          session.conf().set(key, value);
        });
    return session;
  }
}
