package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.train.RunOptions;

/**
 * Where experiments train: the data, the seeds, the threads, and whether it is to be quick. Not
 * thread-safe.
 */
final class Lab {

  private final LabRows images;
  private final int seeds;
  private final boolean quick;
  private final int threads;
  private final Consumer<String> progress;

  /**
   * A place to train.
   *
   * @param images of ten classes
   * @param seeds how many seeds each variant is trained with
   * @param quick whether runs are as short as {@code quick} in the run files makes them
   * @param progress is told of each trial, in a few words
   */
  Lab(LabRows images, int seeds, boolean quick, int threads, Consumer<String> progress) {
    this.images = images;
    this.seeds = seeds;
    this.quick = quick;
    this.threads = threads;
    this.progress = progress;
  }

  /** The run file of an experiment. */
  RunSheet sheet(Experiment experiment) {
    return RunSheet.of(experiment, quick);
  }

  /** Images of ten classes. */
  LabRows images() {
    return images;
  }

  /** How many seeds each variant is trained with. */
  int seeds() {
    return seeds;
  }

  /** Whether runs are short. */
  boolean isQuick() {
    return quick;
  }

  /** Work with one trial that is closed afterwards. */
  interface Work<T> {
    /** Does it. */
    T with(Trial trial);
  }

  /**
   * Makes a trial with each seed.
   *
   * @param words what is tried, for people
   */
  <T> List<T> trials(String words, RunOptions options, LabRows rows, Work<T> work) {
    List<T> results = new ArrayList<>();
    for (int seed = 1; seed <= seeds; seed++) {
      progress.accept("%s, seed %d of %d".formatted(words, seed, seeds));
      try (Trial trial = trial(options.withSeed(seed), rows)) {
        results.add(work.with(trial));
      }
    }
    return results;
  }

  /** A trial with the seed of the options; to be closed. */
  Trial trial(RunOptions options, LabRows rows) {
    return new Trial(options, rows, threads);
  }

  /** Trains on the images with each seed. */
  Courses train(String words, RunOptions options) {
    return train(words, options, images);
  }

  /** Trains with each seed. */
  Courses train(String words, RunOptions options, LabRows rows) {
    int every = every(options, rows) * (quick ? 8 : 1); // evaluation must not outweigh training
    return new Courses(
        words, trials(words, options, rows, trial -> trial.train(every, Trial.Observer.NONE)));
  }

  /** Makes the observer of a trial. */
  interface Watch<O> {
    /**
     * Makes it.
     *
     * @param every how many steps lie between two points of the course
     */
    O over(Trial trial, int every);
  }

  /** Trains on the images with each seed, while an observer of its own looks at each run. */
  <O extends Trial.Observer> Observed<O> observe(String words, RunOptions options, Watch<O> watch) {
    int every = every(options, images) * (quick ? 16 : 1);
    List<O> observers = new ArrayList<>();
    List<Course> courses =
        trials(
            words,
            options,
            images,
            trial -> {
              O observer = watch.over(trial, every);
              observers.add(observer);
              return trial.train(every, observer);
            });
    return new Observed<>(new Courses(words, courses), observers);
  }

  /**
   * The runs of one variant, and what was seen of them.
   *
   * @param courses by seed
   * @param observers by seed
   */
  record Observed<O>(Courses courses, List<O> observers) {

    /** The name of the variant. */
    String name() {
      return courses.name();
    }

    /** What the observers have measured, as a line of this variant. */
    LineChart.Line line(Function<O, Trace> trace) {
      return Trace.line(name(), observers.stream().map(trace).toList());
    }

    /** A number of each observer. */
    Spread of(ToDoubleFunction<O> number) {
      return Spread.over(observers.stream().map(number::applyAsDouble).toList());
    }
  }

  /** How many steps lie between two of the forty points of a course. */
  static int every(RunOptions options, LabRows rows) {
    long batch = options.training().batchSize(rows.training().rows());
    long steps = (rows.training().rows() + batch - 1) / batch * options.training().epochs();
    return (int) Math.max(1, steps / 40);
  }

  /**
   * The runs of one variant, one with each seed.
   *
   * @param name of the variant, for people
   * @param each by seed
   */
  record Courses(String name, List<Course> each) {

    /** A number of each run. */
    Spread of(ToDoubleFunction<Course> number) {
      return Spread.over(each.stream().map(number::applyAsDouble).toList());
    }

    /** The test accuracy at the end; 0 where a run diverged. */
    Spread accuracy() {
      return of(Course::testAccuracy);
    }

    /** How many steps it took to a test accuracy; empty if one of the runs never reached it. */
    Optional<Spread> stepsTo(double accuracy) {
      List<OptionalLong> steps = each.stream().map(c -> c.stepsTo(accuracy)).toList();
      return steps.stream().allMatch(OptionalLong::isPresent)
          ? Optional.of(Spread.over(steps.stream().map(s -> (double) s.getAsLong()).toList()))
          : Optional.empty();
    }

    /** How many runs diverged. */
    long diverged() {
      return each.stream().filter(course -> course.divergedAt().isPresent()).count();
    }

    /** How many of the runs diverged, for a table. */
    String divergedText() {
      return "%d of %d".formatted(diverged(), each.size());
    }
  }
}
