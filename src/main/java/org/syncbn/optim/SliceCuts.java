package org.syncbn.optim;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Where a vector of weights may be cut into slices that are updated apart from each other. That
 * depends on its arrays alone, not on how many slices are made, so no bit does. Immutable.
 */
public final class SliceCuts implements Serializable {

  private static final long serialVersionUID = 1;

  private final int[] places; // ascending, the first is 0, the last the end of the vector

  /**
   * The cuts of a vector: at the ends of its arrays, and within those that are longer than 8,192.
   *
   * @param segments the arrays in their order
   * @param undivided which of them are not to be cut
   */
  public SliceCuts(List<Segment> segments, Predicate<Segment> undivided) {
    List<Integer> cuts = new ArrayList<>();
    for (Segment segment : segments) {
      for (int at = segment.offset(); at < segment.end(); at += Pieces.LENGTH) {
        if (at == segment.offset() || !undivided.test(segment)) {
          cuts.add(at);
        }
      }
    }
    cuts.add(segments.stream().mapToInt(Segment::end).max().orElse(0));
    cuts.set(0, 0);
    places = cuts.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Where the slice of an owner begins: slices are about equally long, and some are empty if there
   * are more owners than arrays.
   *
   * @param owner from 0 to {@code owners}, which gives the end of the vector
   */
  public int start(int owner, int owners) {
    long wanted = (long) end() * owner / owners;
    int best = owner < owners ? 0 : end();
    for (int place : places) {
      if (Math.abs(place - wanted) < Math.abs(best - wanted)) {
        best = place;
      }
    }
    return best;
  }

  /** The length of the vector. */
  public int end() {
    return places[places.length - 1];
  }
}
