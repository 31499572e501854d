package org.syncbn.bench.scale;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.sync.EngineKind;

/**
 * The main class of the driver's JVM, which runs on a machine of its own. {@link DriverProcess}
 * holds it by its standard streams, a line for each event:
 *
 * <pre>
 *   starts      ENGINE WEIGHTS RATES
 *                                      rate                 the run is warm
 *   limits the links, then  go
 *                                      filled               one step at this rate is over
 *   reads the counters, then  go
 *                                      step SECONDS         many times, without a wait
 *   reads the counters
 *                                      last SECONDS
 *   reads the counters, then  go
 *                                      rate, or  over
 * </pre>
 *
 * <p>Instead of any event comes {@code failed REASON}, and the end. It ends with its standard input
 * too.
 */
final class MeasuredDriver {

  static final String RATE = "rate";
  static final String FILLED = "filled";
  static final String STEP = "step";
  static final String LAST = "last";
  static final String OVER = "over";
  static final String FAILED = "failed";
  static final String GO = "go";

  private final PrintStream out;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private MeasuredDriver(PrintStream out) {
    this.out = out;
  }

  /** Takes the number of executors and the settings of Spark, each {@code key=value}. */
  public static void main(String[] arguments) throws InterruptedException {
    Locale.setDefault(Locale.ROOT);
    MeasuredDriver driver = new MeasuredDriver(System.out);
    System.setOut(System.err);
    Thread reader = new Thread(driver::read, "requests");
    reader.setDaemon(true);
    reader.start();
    SparkSession.Builder builder = SparkSession.builder().appName("bench scale");
    for (int i = 1; i < arguments.length; i++) {
      String[] setting = arguments[i].split("=", 2);
      builder.config(setting[0], setting[1]);
    }
    try {
      driver.serve(
          JavaSparkContext.fromSparkContext(builder.getOrCreate().sparkContext()),
          Integer.parseInt(arguments[0]));
    } catch (RuntimeException e) {
      e.printStackTrace();
      driver.out.println(FAILED + " " + e);
      Runtime.getRuntime().halt(1);
    }
  }

  /** Ends the JVM when nobody asks for anything any more, whatever it does. */
  private void read() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // A broken pipe is an ended one.
    }
    Runtime.getRuntime().halt(0);
  }

  private void serve(JavaSparkContext spark, int executors) throws InterruptedException {
    while (true) {
      String[] request = lines.take().split(" ");
      StepScript script = new StepScript(Integer.parseInt(request[2]), new Lines());
      EngineKind kind = EngineKind.valueOf(request[0]);
      DenseRun.train(spark, kind, executors, Long.parseLong(request[1]), script);
      out.println(OVER);
    }
  }

  private final class Lines implements StepScript.Pauses {

    @Override
    public void beforeRate() {
      await(RATE);
    }

    @Override
    public void beforeSteps() {
      await(FILLED);
    }

    @Override
    public void afterStep(double seconds, StepScript.Sequel sequel) {
      switch (sequel) {
        case MORE -> out.println(STEP + " " + seconds);
        case NONE -> await(LAST + " " + seconds);
      }
    }

    private void await(String event) {
      out.println(event);
      try {
        lines.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while nobody measured", e);
      }
    }
  }
}
