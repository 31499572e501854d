package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.tensor.Tensor;

class SafetensorsTest {

  @Test
  void everyBitComesBack() throws IOException {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    arrays.put("0.weight", StoredArray.of(new float[] {1.5f, -0.0f, Float.NaN}, 3, 1));
    arrays.put("1.running_mean", StoredArray.of(new double[] {Math.PI, -0.0}, 2));
    arrays.put("1.num_batches_tracked", StoredArray.of(1L << 60));
    arrays.put("nothing", StoredArray.of(new float[0], 0, 5));
    arrays.put("tensor", StoredArray.of(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)));
    Map<String, StoredArray> back = read(write(arrays));
    assertThat(back).isEqualTo(arrays);
    assertThat(back.get("1.num_batches_tracked").integer()).isEqualTo(1L << 60);
    assertThat(back.get("1.running_mean").doubles()).containsExactly(Math.PI, -0.0);
    assertThat(back.get("tensor").floats()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    byte[] bytes = write(Map.of("w", StoredArray.of(new float[] {1, 2}, 2)));
    String header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    String padded = header + " ".repeat(-header.length() & 7);
    ByteBuffer expected =
        ByteBuffer.allocate(8 + padded.length() + 8).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
    expected.putFloat(1).putFloat(2);
    assertThat(bytes).isEqualTo(expected.array());
  }

  @Test
  void everyTruncationIsRejected() throws IOException {
    byte[] bytes =
        write(
            Map.of(
                "a", StoredArray.of(new float[] {1, 2}, 2),
                "b", StoredArray.of(new double[] {3}, 1)));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(FileFormatException.class)
          .hasMessageStartingWith("some.safetensors is damaged: ");
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length + 1)))
        .hasMessage("some.safetensors is damaged: it continues after the last array");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
        "{\"w\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
        "{\"w\":7}",
        "{\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "not json"
      })
  void inconsistentHeadersAreRejected(String header) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    byte[] bytes =
        ByteBuffer.allocate(8 + json.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array();
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(FileFormatException.class)
        .hasMessageStartingWith("some.safetensors");
  }

  @Test
  void aForeignFileIsRejected() {
    assertThatThrownBy(() -> read("PK\3\4 some archive".getBytes(StandardCharsets.ISO_8859_1)))
        .hasMessage("some.safetensors is not a safetensors file: it does not begin with one");
  }

  private static byte[] write(Map<String, StoredArray> arrays) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, arrays);
    return out.toByteArray();
  }

  private static Map<String, StoredArray> read(byte[] bytes) throws IOException {
    return Safetensors.read(new ByteArrayInputStream(bytes), "some.safetensors");
  }
}
