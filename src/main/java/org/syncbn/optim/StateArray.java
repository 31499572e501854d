package org.syncbn.optim;

import java.util.List;
import java.util.function.Supplier;

/**
 * An array of an optimizer's state as it is saved: one number for each weight, segment by segment,
 * without gaps. A view, which shows what the last committed step left. Not thread-safe.
 */
public final class StateArray {

  private final List<Segment> segments;
  private final Supplier<float[]> values; // [weights]

  StateArray(List<Segment> segments, Supplier<float[]> values) {
    this.segments = segments;
    this.values = values;
  }

  /** How many numbers there are. */
  public int size() {
    return segments.stream().mapToInt(Segment::length).sum();
  }

  /** Copies numbers [from, from + length) to the start of a run. */
  public void read(int from, float[] run, int length) {
    float[] array = values.get();
    copy(from, length, (place, at, part) -> System.arraycopy(array, place, run, at, part));
  }

  /** Sets numbers [from, from + length) from the start of a run. */
  public void write(int from, float[] run, int length) {
    float[] array = values.get();
    copy(from, length, (place, at, part) -> System.arraycopy(run, at, array, place, part));
  }

  /** Copies some numbers of one segment, between a place in the array and one in the run. */
  @FunctionalInterface
  private interface Copy {
    void copy(int place, int at, int length);
  }

  private void copy(int from, int length, Copy copy) {
    int start = 0; // of the segment, without gaps
    for (Segment segment : segments) {
      int begin = Math.max(from, start);
      int end = Math.min(from + length, start + segment.length());
      if (begin < end) {
        copy.copy(segment.offset() + begin - start, begin - from, end - begin);
      }
      start += segment.length();
    }
  }
}
