package org.syncbn.optim;

import java.util.ArrayList;
import java.util.List;

/**
 * A vector of weights cut into pieces, none of which reaches over the end of a segment. Where they
 * begin depends on the segments alone, so sums over pieces have the same bits wherever each piece
 * is summed up. Immutable.
 */
final class Pieces {

  /**
   * The length of all pieces but the last of each segment: what a thread takes at a time. So short
   * that 10^5 weights are slices of about equal length for eight owners.
   */
  static final int LENGTH = 4 * Run.LENGTH;

  /** The weights [from, to) of the vector, all of one segment. */
  record Piece(int segment, int from, int to) {}

  private final List<Piece> pieces;

  private Pieces(List<Piece> pieces) {
    this.pieces = List.copyOf(pieces);
  }

  /** All pieces, in the order of the segments. */
  static Pieces of(List<Segment> segments) {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      for (int at = segment.offset(); at < segment.end(); at += LENGTH) {
        pieces.add(new Piece(i, at, Math.min(at + LENGTH, segment.end())));
      }
    }
    return new Pieces(pieces);
  }

  /** Those of [from, to), which cuts none. */
  Pieces within(int from, int to) {
    return new Pieces(
        pieces.stream().filter(piece -> piece.from >= from && piece.to <= to).toList());
  }

  int size() {
    return pieces.size();
  }

  Piece get(int index) {
    return pieces.get(index);
  }

  /** Sums over pieces, in their order, as sums over segments. */
  double[] bySegment(double[] ofPieces, int segments) {
    double[] sums = new double[segments];
    for (int i = 0; i < ofPieces.length; i++) {
      sums[pieces.get(i).segment] += ofPieces[i];
    }
    return sums;
  }
}
