package org.syncbn.bench.scale;

import org.syncbn.train.StepResult;
import org.syncbn.train.TrainingListener;

/**
 * Times the steps of a run at several rates of its links: some to warm up, then for each rate one
 * to fill the links again, and some to measure, one right after the other: a step may end while new
 * weights are still on their way. Between these phases the run waits for {@link Pauses}.
 *
 * <p>Not thread-safe.
 */
final class StepScript implements TrainingListener {

  private static final int LEAST_WARM = 3;
  private static final int MOST_WARM = 1_000;
  private static final double WARM_SECONDS = 3;
  private static final int LEAST_STEPS = 3;
  private static final int MOST_STEPS = 50;
  private static final double MEASURED_SECONDS = 3;

  /** What happens between steps. The run goes on when the method returns. */
  interface Pauses {

    /** The run is warm, or a rate is measured: the links may get another rate. */
    void beforeRate();

    /** The steps that follow count. */
    void beforeSteps();

    /**
     * A step that counts is over; it was the last one at this rate, or there are more, which a wait
     * would make shorter.
     */
    void afterStep(double seconds, Sequel sequel);
  }

  /** What follows a step. */
  enum Sequel {
    MORE,
    NONE
  }

  private enum Phase {
    WARMING,
    FILLING,
    MEASURING
  }

  private final Pauses pauses;
  private Runnable stop = () -> {};
  private int steps; // of the phase
  private double total; // seconds of these
  private int rates;
  private Phase phase = Phase.WARMING;
  private long last = System.nanoTime();

  /** A script for at least one rate. */
  StepScript(int rates, Pauses pauses) {
    this.rates = rates;
    this.pauses = pauses;
  }

  /** What to do when all is measured. */
  void onEnough(Runnable stop) {
    this.stop = stop;
  }

  @Override
  public void onStep(StepResult result) {
    long now = System.nanoTime();
    double seconds = (now - last) / 1e9;
    steps++;
    total += seconds;
    switch (phase) {
      case WARMING -> {
        if (isWarm(steps, total)) {
          pauses.beforeRate();
          phase = Phase.FILLING;
        }
      }
      case FILLING -> {
        pauses.beforeSteps();
        phase = Phase.MEASURING;
        steps = 0;
        total = 0;
      }
      case MEASURING -> {
        if (isEnough(steps, total)) {
          pauses.afterStep(seconds, Sequel.NONE);
          next();
        } else {
          pauses.afterStep(seconds, Sequel.MORE);
        }
      }
    }
    last = System.nanoTime();
  }

  private void next() {
    rates--;
    if (rates == 0) {
      stop.run();
    } else {
      pauses.beforeRate();
      phase = Phase.FILLING;
    }
  }

  private static boolean isWarm(int steps, double seconds) {
    return steps >= MOST_WARM || steps >= LEAST_WARM && seconds >= WARM_SECONDS;
  }

  static boolean isEnough(int steps, double seconds) {
    return steps >= MOST_STEPS || steps >= LEAST_STEPS && seconds >= MEASURED_SECONDS;
  }
}
