package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SumsFormatTest {

  private static final String DAMAGED_COLUMN =
      "These bytes are not the sums of a column, or they are damaged:"
          + " restore them or compute the sums again.";

  private static final String DAMAGED_TABLE =
      "These bytes are not the sums of a table, or they are damaged:"
          + " restore them or compute the sums again.";

  static Arguments[] kinds() {
    return new Arguments[] {
      Arguments.of(
          Named.of("column", (Function<byte[], byte[]>) SumsFormatTest::columnAgain),
          column().toBytes(),
          DAMAGED_COLUMN),
      Arguments.of(
          Named.of("table", (Function<byte[], byte[]>) SumsFormatTest::tableAgain),
          table().toBytes(),
          DAMAGED_TABLE),
      Arguments.of(
          Named.of("weighted column", (Function<byte[], byte[]>) SumsFormatTest::columnAgain),
          weightedColumn().toBytes(),
          DAMAGED_COLUMN),
      Arguments.of(
          Named.of("groups", (Function<byte[], byte[]>) b -> GroupSums.fromBytes(b).toBytes()),
          groups().toBytes(),
          DAMAGED_TABLE.replace("a table", "groups"))
    };
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void bytesReadAgainAreTheSame(Function<byte[], byte[]> again, byte[] bytes, String damaged) {
    assertThat(again.apply(bytes)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyTruncationIsRejected(Function<byte[], byte[]> again, byte[] bytes, String damaged) {
    for (int length = 0; length < bytes.length; length++) {
      byte[] truncated = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> again.apply(truncated))
          .isInstanceOf(SumsFormatException.class)
          .hasMessage(damaged);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyFlippedBitIsRejected(Function<byte[], byte[]> again, byte[] bytes, String damaged) {
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertThatThrownBy(() -> again.apply(flipped))
          .isInstanceOf(SumsFormatException.class)
          .hasMessage(damaged);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void bytesAfterTheEndAreRejected(Function<byte[], byte[]> again, byte[] bytes, String damaged) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> again.apply(longer)).hasMessage(damaged);
    byte[] sealed = sealed(longer);
    assertThatThrownBy(() -> again.apply(sealed)).hasMessage(damaged);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void contentsThatNoSumsHaveAreRejectedEvenWithTheRightChecksum(
      Function<byte[], byte[]> again, byte[] bytes, String damaged) {
    Random random = new Random(1);
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = bytes.clone();
      changed[2 + random.nextInt(bytes.length - 6)] = (byte) random.nextInt();
      byte[] sealed = sealed(changed);
      try {
        assertThat(again.apply(sealed)).isEqualTo(sealed);
        accepted++;
      } catch (SumsFormatException e) {
        assertThat(e).hasMessage(damaged);
      }
    }
    assertThat(accepted).as("some are the sums of other values").isLessThan(20_000);
  }

  @Test
  void aNewerVersionIsNamed() {
    byte[] bytes = column().toBytes();
    bytes[1] = 2;
    assertThatThrownBy(() -> ColumnSums.fromBytes(sealed(bytes)))
        .isInstanceOf(SumsFormatException.class)
        .hasMessage(
            "These bytes hold the sums of a column in format version 2, but this release reads up"
                + " to version 1: use a newer release.");
  }

  @Test
  void aVersionBeforeTheFirstIsDamage() {
    byte[] bytes = column().toBytes();
    bytes[1] = 0;
    assertThatThrownBy(() -> ColumnSums.fromBytes(sealed(bytes))).hasMessage(DAMAGED_COLUMN);
  }

  @Test
  void aColumnIsNoTable() {
    assertThatThrownBy(() -> TableSums.fromBytes(column().toBytes())).hasMessage(DAMAGED_TABLE);
    assertThatThrownBy(() -> ColumnSums.fromBytes(table().toBytes())).hasMessage(DAMAGED_COLUMN);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void tablesOfNothingTravelToo(int columns) {
    byte[] bytes = new TableSums(columns).toBytes();
    assertThat(TableSums.fromBytes(bytes).columns()).isEqualTo(columns);
    assertThat(tableAgain(bytes)).isEqualTo(bytes);
  }

  @Test
  void aTableThatClaimsMoreColumnsThanItHasBytesAllocatesNothing() {
    byte[] claims = {'t', 1, -1, -1, -1, -1, 7, 0, 0, 0, 0};
    assertThatThrownBy(() -> TableSums.fromBytes(sealed(claims))).hasMessage(DAMAGED_TABLE);
  }

  @Test
  void ordinarySumsTakeAFewBytesAndTheWidestLessThanAKilobyte() {
    ColumnSums ordinary = new ColumnSums();
    new Random(1).doubles(100_000).forEach(ordinary::add);
    assertThat(ordinary.toBytes()).hasSizeLessThan(70);
    ColumnSums widest = new ColumnSums();
    widest.add(Double.MAX_VALUE);
    widest.add(Double.MIN_VALUE);
    assertThat(widest.toBytes()).hasSizeLessThan(900);
    assertThat(columnAgain(widest.toBytes())).isEqualTo(widest.toBytes());
  }

  private static ColumnSums weightedColumn() {
    ColumnSums sums = ColumnSums.weighted();
    sums.add(0.1, 0.3);
    sums.add(-7e40, 2);
    sums.add(Double.NaN, 1);
    return sums;
  }

  private static GroupSums groups() {
    GroupSums sums = new GroupSums(1, true);
    sums.group(Group.of(Arrays.asList("north", null))).column(0).merge(weightedColumn());
    sums.group(Group.of(List.of("", "2026-11-28"))).column(0).add(3, 4);
    return sums;
  }

  private static ColumnSums column() {
    ColumnSums sums = new ColumnSums();
    sums.add(0.1);
    sums.add(-1e9);
    sums.add(Double.NEGATIVE_INFINITY);
    sums.addNulls(300);
    return sums;
  }

  private static TableSums table() {
    TableSums table = new TableSums(3);
    table.column(0).merge(column());
    table.column(2).add(-0.1);
    return table;
  }

  private static byte[] columnAgain(byte[] bytes) {
    return ColumnSums.fromBytes(bytes).toBytes();
  }

  private static byte[] tableAgain(byte[] bytes) {
    return TableSums.fromBytes(bytes).toBytes();
  }

  /** The bytes with the checksum that belongs to them. */
  private static byte[] sealed(byte[] bytes) {
    int end = bytes.length - Integer.BYTES;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, end);
    byte[] sealed = bytes.clone();
    ByteBuffer.wrap(sealed).putInt(end, (int) crc.getValue());
    return sealed;
  }
}
