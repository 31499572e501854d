package org.syncbn.experiment;

import java.util.List;
import java.util.OptionalLong;

/**
 * How one training run went.
 *
 * @param points from before the first step to the end, or to where it diverged
 * @param divergedAt the step whose numbers were not finite
 * @param trainingAccuracy of all training rows at the end; that of the last point's test rows
 *     counts as nothing where the run diverged: 0
 * @param testAccuracy of all test rows at the end; 0 where the run diverged
 */
record Course(
    List<Point> points, OptionalLong divergedAt, double trainingAccuracy, double testAccuracy) {

  /**
   * A look at the run.
   *
   * @param step how many steps were done
   * @param loss of the test rows
   * @param accuracy of the test rows
   */
  record Point(long step, double loss, double accuracy) {}

  /** Copies the points. */
  Course {
    points = List.copyOf(points);
  }

  /** The first step, of those looked at, at which the test accuracy was at least this. */
  OptionalLong stepsTo(double accuracy) {
    return points.stream()
        .filter(point -> point.accuracy() >= accuracy)
        .mapToLong(Point::step)
        .findFirst();
  }

  /** How many steps were done. */
  long steps() {
    return points.get(points.size() - 1).step();
  }

  /** Training accuracy less test accuracy: how far the run has overfitted. */
  double gap() {
    return trainingAccuracy - testAccuracy;
  }
}
