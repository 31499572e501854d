package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableSumsTest {

  @Test
  void aTableOfNoRowsHasMomentsOfNothing() {
    TableSums table = new TableSums(3);
    assertThat(table.columns()).isEqualTo(3);
    assertThat(table.moments()).hasSize(3).allSatisfy(m -> assertThat(m.mean()).isNaN());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "5, 0", "3, 1", "7, 100", "8, 2048", "17, 2049", "33, 4097", "1000, 20"})
  void rowsEqualTheirColumns(int columns, int rows) {
    Random random = new Random(1);
    double[] rowMajor = random.doubles((long) rows * columns).toArray(); // [rows, columns]
    for (int i = 0; i < rowMajor.length; i += 13) {
      rowMajor[i] = Double.NaN;
    }
    TableSums byColumn = new TableSums(columns);
    for (int i = 0; i < rowMajor.length; i++) {
      byColumn.column(i % columns).add(rowMajor[i]);
    }
    TableSums byRows = new TableSums(columns);
    byRows.addRows(rowMajor, rows);
    assertThat(byRows.toBytes()).isEqualTo(byColumn.toBytes());
  }

  @Test
  void rowsBeyondThoseNamedAreNotTouched() {
    TableSums table = new TableSums(2);
    table.addRows(new double[] {1, 2, 3, 4, Double.NaN, Double.NaN}, 2);
    assertThat(table.moments()).extracting(Moments::mean).containsExactly(2.0, 3.0);
    assertThat(table.moments()).extracting(Moments::missing).containsExactly(0L, 0L);
  }

  @Test
  void moreRowsThanTheArrayHoldsAreRejected() {
    assertThatThrownBy(() -> new TableSums(2).addRows(new double[5], 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new TableSums(2).addRows(new double[5], -1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aNullVectorIsANullOfEveryFeature() {
    TableSums table = new TableSums(2);
    table.addRows(new double[] {1, 2}, 1);
    table.addNullRows(3);
    assertThat(table.moments()).extracting(Moments::nullCount).containsExactly(3L, 3L);
    assertThat(table.moments()).extracting(Moments::count).containsExactly(1L, 1L);
  }

  @Test
  void mergeIsFeatureByFeatureAndReturnsTheLeft() {
    TableSums left = new TableSums(2);
    left.addRows(new double[] {1, 10}, 1);
    TableSums right = new TableSums(2);
    right.addRows(new double[] {3, 30}, 1);
    assertThat(left.merge(right)).isSameAs(left);
    assertThat(left.moments()).extracting(Moments::mean).containsExactly(2.0, 20.0);
    assertThat(right.moments()).extracting(Moments::mean).containsExactly(3.0, 30.0);
  }

  @Test
  void tablesOfDifferentWidthDoNotMerge() {
    assertThatThrownBy(() -> new TableSums(2).merge(new TableSums(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Sums of 2 features cannot be merged with sums of 3.");
  }

  @Test
  void javaSerializationCarriesTheBytesAndNothingElse() throws Exception {
    TableSums table = new TableSums(2);
    table.addRows(new double[] {0.1, -1e300, Double.NaN, 5e-324}, 2);
    byte[] stream = serialized(table);
    assertThat(stream).hasSizeLessThan(table.toBytes().length + 200);
    assertThat(new String(stream, StandardCharsets.ISO_8859_1))
        .contains(new String(table.toBytes(), StandardCharsets.ISO_8859_1))
        .doesNotContain("ColumnSums");
    assertThat(((TableSums) deserialized(stream)).toBytes()).isEqualTo(table.toBytes());
  }

  @Test
  void aDamagedJavaStreamIsRejectedLikeDamagedBytes() throws Exception {
    byte[] stream = serialized(new TableSums(1));
    stream[stream.length - 1]++;
    assertThatThrownBy(() -> deserialized(stream)).isInstanceOf(SumsFormatException.class);
  }

  private static byte[] serialized(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  private static Object deserialized(byte[] stream) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(stream))) {
      return in.readObject();
    }
  }
}
