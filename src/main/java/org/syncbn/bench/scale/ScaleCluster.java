package org.syncbn.bench.scale;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.syncbn.cli.JobFailure;
import org.syncbn.cluster.Machine;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.spark.SyncBatchNormRegistrator;

/**
 * A standalone cluster on {@link LinkedMachines}: the first has the master and the driver, each of
 * the others a worker with one executor of one core. Nothing is left of it when this JVM ends.
 *
 * <p>Measures from one thread; {@link #close} may be called from any.
 */
final class ScaleCluster implements AutoCloseable {

  private static final int EXECUTOR_MEGABYTES = 1024;

  private final int mostExecutors;
  private final Thread hook = new Thread(this::end, "end of machines");
  private Optional<LinkedMachines> linked = Optional.empty();
  private Optional<SparkCluster> spark = Optional.empty();
  private Optional<DriverProcess> driver = Optional.empty();
  private boolean closed;

  /**
   * A cluster that does not run yet.
   *
   * @param mostExecutors how many executors there may be
   */
  ScaleCluster(int mostExecutors) {
    this.mostExecutors = mostExecutors;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts Spark with so many executors, in the place of the one that runs.
   *
   * @throws JobFailure in a sentence, if there can be no machines here, or this is closed meanwhile
   */
  synchronized void start(int count) {
    stop();
    requireOpen();
    if (linked.isEmpty()) {
      linked = Optional.of(LinkedMachines.create(1 + mostExecutors));
    }
    LinkedMachines machines = linked.get();
    machines.unlimit();
    List<Machine> all = machines.all();
    spark =
        Optional.of(
            SparkCluster.start(all.get(0), all.subList(1, 1 + count), 1, EXECUTOR_MEGABYTES));
    Map<String, String> settings = new LinkedHashMap<>(spark.get().conf());
    settings.put("spark.executor.extraJavaOptions", ""); // with the optimizing compiler
    settings.put(
        "spark.cores.max", Integer.toString(count)); // all must be there before a task starts
    settings.put("spark.scheduler.minRegisteredResourcesRatio", "1");
    settings.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s");
    settings.put("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    settings.put("spark.kryo.registrator", SyncBatchNormRegistrator.class.getName());
    settings.put("spark.task.maxDirectResultSize", "64m");
    settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
    driver = Optional.of(new DriverProcess(all.get(0), count, settings));
  }

  /**
   * Measures an engine with a network at several rates.
   *
   * @param steps which differ in the rate only, in the order in which they are measured
   * @param onPoint is given each result
   * @throws JobFailure if the driver fails, or this is closed meanwhile
   */
  void measure(List<ScaleCase> steps, Consumer<ScalePoint> onPoint) {
    try {
      LinkedMachines machines = linked.orElseThrow();
      DriverProcess process = driver();
      ScaleCase first = steps.get(0);
      process.send(first.engine().kind().name() + " " + first.weights() + " " + steps.size());
      for (ScaleCase step : steps) {
        process.await(MeasuredDriver.RATE);
        machines.limit(step.megabits());
        process.send(MeasuredDriver.GO);
        process.await(MeasuredDriver.FILLED);
        onPoint.accept(ScalePoint.of(step, samples(machines, process)));
      }
      machines.unlimit();
      process.await(MeasuredDriver.OVER);
    } catch (RuntimeException e) {
      requireOpen();
      throw e;
    }
  }

  private synchronized DriverProcess driver() {
    requireOpen();
    return driver.orElseThrow();
  }

  /** The steps until the driver has had enough. */
  private static List<ScalePoint.Sample> samples(LinkedMachines machines, DriverProcess process) {
    List<ScalePoint.Sample> samples = new ArrayList<>();
    List<LinkCounters> before = machines.countersAtRest();
    process.send(MeasuredDriver.GO);
    boolean isLast;
    do {
      String[] event = process.await(MeasuredDriver.STEP, MeasuredDriver.LAST);
      isLast = event[0].equals(MeasuredDriver.LAST);
      List<LinkCounters> after = isLast ? machines.countersAtRest() : machines.counters();
      samples.add(ScalePoint.Sample.of(before, after, Double.parseDouble(event[1])));
      before = after;
    } while (!isLast);
    process.send(MeasuredDriver.GO);
    return samples;
  }

  private synchronized void requireOpen() {
    if (closed) {
      throw new JobFailure("The job was interrupted.");
    }
  }

  private void stop() {
    driver.ifPresent(DriverProcess::close);
    driver = Optional.empty();
    spark.ifPresent(SparkCluster::close);
    spark = Optional.empty();
  }

  /** Ends all processes, and removes the machines. */
  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is the hook that runs.
    }
  }

  private synchronized void end() {
    if (!closed) {
      closed = true;
      try {
        stop();
      } finally {
        linked.ifPresent(LinkedMachines::close);
      }
    }
  }
}
