package org.syncbn.optim;

import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * The average of the weights of several steps: a mean, or one that forgets. In double: with a small
 * weight of new values, a float32 average would stop moving. Not thread-safe.
 */
public final class WeightAverage {

  private static final ThreadLocal<float[]> RUN =
      ThreadLocal.withInitial(() -> new float[Run.LENGTH]);

  private final List<Segment> segments;
  private final int[] starts; // of each segment in the values
  private final double[] values; // segment by segment, without gaps
  private long count;

  /** Nothing yet. */
  public WeightAverage(List<Segment> segments) {
    this.segments = List.copyOf(segments);
    this.starts = new int[segments.size()];
    int at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at += segments.get(i).length();
    }
    this.values = new double[at];
  }

  /** How often weights were added. */
  public long count() {
    return count;
  }

  /** The average, a copy: segment by segment, without gaps. */
  public double[] values() {
    return values.clone();
  }

  /**
   * Goes on from a saved average.
   *
   * @throws IllegalArgumentException if it has another length
   */
  public void restore(long savedCount, double[] saved) {
    if (saved.length != values.length) {
      throw new IllegalArgumentException(
          "the saved average has %d weights, not %d".formatted(saved.length, values.length));
    }
    System.arraycopy(saved, 0, values, 0, values.length);
    count = savedCount;
  }

  /**
   * {@code average += weightOfNew * (weights - average)}; the first weights are taken as they are.
   *
   * @param weights finite // [weights]
   * @param weightOfNew in (0, 1]: {@code 1 / (count + 1)} makes the mean of all
   * @param team does the work
   */
  public void add(Tensor weights, double weightOfNew, Optimizer.Team team) {
    double fresh = count == 0 ? 1 : weightOfNew;
    team.share(segments.size(), i -> add(weights, segments.get(i), starts[i], fresh));
    count++;
  }

  private void add(Tensor weights, Segment segment, int start, double fresh) {
    float[] run = RUN.get();
    for (int at = 0; at < segment.length(); at += run.length) {
      int length = Math.min(run.length, segment.length() - at);
      weights.read(segment.offset() + at, run, 0, length);
      for (int i = 0; i < length; i++) {
        values[start + at + i] += fresh * (run[i] - values[start + at + i]);
      }
    }
  }

  /** Writes the average, rounded to float32, over weights. */
  public void writeTo(Tensor weights) {
    for (int i = 0; i < starts.length; i++) {
      float[] rounded = new float[segments.get(i).length()];
      for (int k = 0; k < rounded.length; k++) {
        rounded[k] = (float) values[starts[i] + k];
      }
      weights.write(segments.get(i).offset(), rounded, 0, rounded.length);
    }
  }
}
