package org.syncbn.spark.inference;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.syncbn.nn.Tally;
import org.syncbn.sums.TableSums;
import org.syncbn.train.InferencePlan;

/**
 * What rows add up to in an evaluation. Merging is associative and commutative to the bit.
 *
 * @param sums of the loss and the metrics
 * @param tallies for the metrics that need more than sums
 */
record RowSums(TableSums sums, List<Tally> tallies) {

  /** Of no rows. */
  static RowSums of(InferencePlan plan) {
    return new RowSums(
        new TableSums(plan.measures().length()),
        plan.measures().tallies().stream().map(Tally.Builder::tally).toList());
  }

  /** Of the rows of both; the sums of this one are changed. */
  RowSums merge(RowSums other) {
    return new RowSums(
        sums.merge(other.sums),
        IntStream.range(0, tallies.size())
            .mapToObj(i -> tallies.get(i).join(other.tallies.get(i)))
            .toList());
  }

  /** The content, for another JVM. */
  byte[] toBytes() {
    byte[] exact = sums.toBytes();
    int size =
        Stream.concat(
                Stream.of(2 * Integer.BYTES, exact.length), tallies.stream().map(Tally::bytes))
            .reduce(0, Math::addExact);
    ByteBuffer out = ByteBuffer.allocate(size).putInt(exact.length).put(exact);
    out.putInt(tallies.size());
    tallies.forEach(tally -> tally.write(out));
    return out.array();
  }

  /** What {@link #toBytes} wrote. */
  static RowSums fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] exact = new byte[in.getInt()];
    in.get(exact);
    int count = in.getInt();
    List<Tally> tallies = Stream.generate(() -> Tally.read(in)).limit(count).toList();
    return new RowSums(TableSums.fromBytes(exact), tallies);
  }
}
