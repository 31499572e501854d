package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.apache.spark.SparkContext;
import org.syncbn.spark.internals.ExecutorSlots;
import org.syncbn.spark.internals.Sessions;

/**
 * The executors that should hold the shards: each a contiguous range of tasks, in proportion to its
 * slots, so that adjacent shards meet in one executor and their partial sums join there. Spark
 * itself would assign tasks to executors in turn.
 *
 * <p>No task has a place in local mode, or where executors come and go. Thread-safe.
 */
final class ShardPlaces implements IntFunction<Optional<ExecutorSlots>> {

  /** How long the size of an executor that has registered may take to be known. */
  private static final Duration KNOWN = Duration.ofSeconds(2);

  private final SparkContext spark;
  private volatile List<Optional<ExecutorSlots>> places;

  /** Chooses the places of some tasks among the executors that are there. */
  ShardPlaces(SparkContext spark, int tasks) {
    this.spark = spark;
    this.places = Collections.nCopies(tasks, Optional.empty());
    choose();
  }

  /** Chooses again for the tasks whose executors are gone. */
  void choose() {
    if (!Engines.isLocal(spark.getConf()) && !Engines.isDynamic(spark.getConf())) {
      Poll.until(() -> ExecutorSlots.of(spark).size() >= Sessions.executors(spark).size(), KNOWN);
      places = choose(places, ExecutorSlots.of(spark));
    }
  }

  /**
   * Keeps the places that are still there, and gives the other tasks, in their order, to the
   * executors with free slots.
   *
   * @param before the place of each task
   * @param executors those that are there
   */
  static List<Optional<ExecutorSlots>> choose(
      List<Optional<ExecutorSlots>> before, List<ExecutorSlots> executors) {
    List<Optional<ExecutorSlots>> places = new ArrayList<>(before);
    places.replaceAll(place -> place.filter(executors::contains));
    if (!executors.isEmpty()) {
      Iterator<ExecutorSlots> next = inProportion(executors, places);
      places.replaceAll(place -> place.or(() -> Optional.of(next.next())));
    }
    return places;
  }

  /** An executor for each task without a place. */
  private static Iterator<ExecutorSlots> inProportion(
      List<ExecutorSlots> executors, List<Optional<ExecutorSlots>> places) {
    long[] shares =
        executors.stream()
            .mapToLong(
                executor ->
                    Math.max(
                        0, executor.slots() - Collections.frequency(places, Optional.of(executor))))
            .toArray();
    if (LongStream.of(shares).sum() == 0) { // more tasks than slots
      shares = executors.stream().mapToLong(ExecutorSlots::slots).toArray();
    }
    long all = LongStream.of(shares).sum();
    int tasks = Collections.frequency(places, Optional.empty());
    List<ExecutorSlots> chosen = new ArrayList<>();
    long share = 0;
    for (int i = 0; i < executors.size(); i++) {
      share += shares[i];
      while (chosen.size() < share * tasks / all) {
        chosen.add(executors.get(i));
      }
    }
    return chosen.iterator();
  }

  @Override
  public Optional<ExecutorSlots> apply(int task) {
    return places.get(task);
  }
}
