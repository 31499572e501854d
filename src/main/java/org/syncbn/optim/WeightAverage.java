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

  /**
   * The part of an average that belongs to the weights [from, to) of the vector; nothing yet.
   *
   * @param segments of the whole
   */
  public WeightAverage(List<Segment> segments, int from, int to) {
    this(within(segments, from, to));
  }

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

  private static List<Segment> within(List<Segment> segments, int from, int to) {
    return segments.stream().map(segment -> segment.within(from, to)).toList();
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
    blend(weights, countIn(weightOfNew), team);
  }

  /**
   * Counts weights that {@link #blend} adds to the parts of this average, wherever those are.
   *
   * @param weightOfNew as in {@link #add}
   * @return the weight that they are added with: 1 for the first
   */
  public double countIn(double weightOfNew) {
    return count++ == 0 ? 1 : weightOfNew;
  }

  /** Adds weights that are {@linkplain #countIn counted} already. */
  public void blend(Tensor weights, double weight, Optimizer.Team team) {
    team.share(segments.size(), i -> add(weights, segments.get(i), starts[i], weight));
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

  /** A copy of the average: of each number the high and the low half of its bits // [2 * size]. */
  public Tensor halves() {
    Tensor halves = Tensor.zeros(2 * values.length);
    int[] run = new int[2 * Run.LENGTH];
    for (int at = 0; at < values.length; at += Run.LENGTH) {
      int length = Math.min(Run.LENGTH, values.length - at);
      for (int i = 0; i < length; i++) {
        long bits = Double.doubleToRawLongBits(values[at + i]);
        run[2 * i] = (int) (bits >>> Integer.SIZE);
        run[2 * i + 1] = (int) bits;
      }
      halves.writeBits(2 * at, run, 2 * length);
    }
    return halves;
  }

  /** Sets the average from its {@link #halves}. */
  public void load(Tensor halves) {
    int[] run = new int[2 * Run.LENGTH];
    for (int at = 0; at < values.length; at += Run.LENGTH) {
      int length = Math.min(Run.LENGTH, values.length - at);
      halves.readBits(2 * at, run, 2 * length);
      for (int i = 0; i < length; i++) {
        long high = (long) run[2 * i] << Integer.SIZE;
        values[at + i] = Double.longBitsToDouble(high | Integer.toUnsignedLong(run[2 * i + 1]));
      }
    }
  }

  /**
   * What of the {@link #halves} of a whole average belongs to the weights [from, to); a view.
   *
   * @param segments of the whole
   */
  public static Tensor part(Tensor halves, List<Segment> segments, int from, int to) {
    return halves.rows(2 * length(segments, from), 2 * length(segments, to));
  }

  /** How many weights the segments have before a place in the vector. */
  private static int length(List<Segment> segments, int end) {
    return within(segments, 0, end).stream().mapToInt(Segment::length).sum();
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
