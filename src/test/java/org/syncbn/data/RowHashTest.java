package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.unsafe.Platform;
import org.junit.jupiter.api.Test;

class RowHashTest {

  private static final float[] NONE = new float[0];

  @Test
  void theHashOfNothingIsTheOneOfTheSpecification() {
    assertThat(RowHash.xxh64(new byte[0], 0, 0, 0)).isEqualTo(0xEF46DB3751D8E999L);
  }

  @Property(tries = 500)
  void anyBytesHashAsInSparksXxh64(
      @ForAll @Size(max = 100) byte[] bytes,
      @ForAll @IntRange(max = 40) int skipped,
      @ForAll long seed) {
    int from = Math.min(skipped, bytes.length);
    int length = bytes.length - from;
    assertThat(RowHash.xxh64(bytes, from, length, seed))
        .isEqualTo(XXH64.hashUnsafeBytes(bytes, Platform.BYTE_ARRAY_OFFSET + from, length, seed));
  }

  @Test
  void bytesAndFloatsOfEqualValueHashAlike() {
    Block bytes = Block.ofBytes(1, new byte[] {0, 7, (byte) 200}, new float[] {3}, NONE);
    Block floats = Block.ofFloats(1, new float[] {0, 7, 200}, new float[] {3}, new float[] {1});
    assertThat(new RowHash(5).of(bytes, 0)).isEqualTo(new RowHash(5).of(floats, 0));
  }

  @Test
  void everyNanIsOneValueAndMinusZeroIsZero() {
    Block canonical = Block.ofFloats(1, new float[] {Float.NaN, 0}, new float[] {0}, NONE);
    Block other =
        Block.ofFloats(
            1, new float[] {Float.intBitsToFloat(0xFFC00001), -0.0f}, new float[] {-0.0f}, NONE);
    assertThat(new RowHash(1).of(other, 0)).isEqualTo(new RowHash(1).of(canonical, 0));
  }

  @Test
  void featuresLabelWeightAndSeedAllCount() {
    Block base = Block.ofFloats(1, new float[] {1}, new float[] {2}, new float[] {3});
    assertThat(
            new long[] {
              new RowHash(0).of(base, 0),
              new RowHash(1).of(base, 0),
              hash(9, 2, 3),
              hash(1, 9, 3),
              hash(1, 2, 9)
            })
        .doesNotHaveDuplicates();
  }

  private static long hash(float feature, float label, float weight) {
    return new RowHash(0)
        .of(Block.ofFloats(1, new float[] {feature}, new float[] {label}, new float[] {weight}), 0);
  }
}
