package org.syncbn.data;

import java.util.Arrays;
import java.util.List;

/**
 * The order of rows inside a shard: by their hashes as unsigned numbers, and rows of equal hash by
 * their canonical bytes. Rows that are equal in both are interchangeable.
 */
final class RowOrder {

  private static final int RADIX = 1 << Byte.SIZE;

  private long[] hashes;
  private long[] places; // as Block.place makes them

  private RowOrder(int rows) {
    hashes = new long[rows];
    places = new long[rows];
  }

  /** The order of the rows of some blocks. */
  static RowOrder of(List<Block> blocks, long seed) {
    RowOrder order = new RowOrder(blocks.stream().mapToInt(Block::rows).reduce(0, Math::addExact));
    RowHash hash = new RowHash(seed);
    int at = 0;
    for (int block = 0; block < blocks.size(); block++) {
      for (int row = 0; row < blocks.get(block).rows(); row++, at++) {
        order.hashes[at] = hash.of(blocks.get(block), row);
        order.places[at] = Block.place(block, row);
      }
    }
    order.sortByHash();
    order.sortEqualHashes(blocks);
    return order;
  }

  /** A stable radix sort by one byte after the other, the least significant first. */
  private void sortByHash() {
    long[] sortedHashes = new long[hashes.length];
    long[] sortedPlaces = new long[hashes.length];
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      int[] next = new int[RADIX + 1];
      for (long hash : hashes) {
        next[(int) (hash >>> shift & 0xFF) + 1]++;
      }
      for (int digit = 0; digit < RADIX; digit++) {
        next[digit + 1] += next[digit];
      }
      for (int i = 0; i < hashes.length; i++) {
        int to = next[(int) (hashes[i] >>> shift & 0xFF)]++;
        sortedHashes[to] = hashes[i];
        sortedPlaces[to] = places[i];
      }
      long[] swapped = hashes;
      hashes = sortedHashes;
      sortedHashes = swapped;
      swapped = places;
      places = sortedPlaces;
      sortedPlaces = swapped;
    }
  }

  private void sortEqualHashes(List<Block> blocks) {
    for (int from = 0, to; from < hashes.length; from = to) {
      to = from + 1;
      boolean differ = false;
      while (to < hashes.length && hashes[to] == hashes[from]) {
        differ |= compare(blocks, places[from], places[to]) != 0;
        to++;
      }
      if (differ) {
        Long[] equal = Arrays.stream(places, from, to).boxed().toArray(Long[]::new);
        Arrays.sort(equal, (a, b) -> compare(blocks, a, b));
        for (int i = from; i < to; i++) {
          places[i] = equal[i - from];
        }
      }
    }
  }

  private static int compare(List<Block> blocks, long place, long other) {
    return RowHash.compareContent(
        blocks.get(Block.blockOf(place)),
        Block.rowOf(place),
        blocks.get(Block.blockOf(other)),
        Block.rowOf(other));
  }

  /** How many rows there are. */
  int rows() {
    return hashes.length;
  }

  /** The hash of the i-th row. */
  long hash(int i) {
    return hashes[i];
  }

  /** Where the i-th row is, as {@link Block#gather} takes it. */
  long place(int i) {
    return places[i];
  }
}
