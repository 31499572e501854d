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

  /** How many weights there are. */
  public int size() {
    return values.length;
  }

  /**
   * Copies numbers [from, from + length) of the average to the start of a run. They are in the
   * order of the segments, without gaps.
   */
  public void read(int from, double[] run, int length) {
    System.arraycopy(values, from, run, 0, length);
  }

  /** Sets numbers [from, from + length) of the average from the start of a run. */
  public void write(int from, double[] run, int length) {
    System.arraycopy(run, 0, values, from, length);
  }

  /** Goes on from a saved count; the numbers are restored by {@link #write}. */
  public void restore(long savedCount) {
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
