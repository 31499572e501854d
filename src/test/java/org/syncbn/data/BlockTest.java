package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.tensor.Tensor;

class BlockTest {

  private static final float[] NONE = new float[0];

  @Test
  void gatheredRowsComeInTheOrderAskedFor() {
    byte[] bytes = new byte[3 * 5000];
    float[] floats = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 7);
      floats[i] = bytes[i] & 0xFF;
    }
    int[] order = {1, 2, 0};
    for (Block block :
        List.of(
            Block.ofBytes(3, bytes, new float[3], NONE),
            Block.ofFloats(3, floats, new float[3], NONE))) {
      Tensor target = Tensor.zeros(2, 5000);
      block.gatherFeatures(order, 1, 3, 0.5f, target);
      for (int feature : new int[] {0, 2047, 2048, 4999}) {
        assertThat(target.get(feature)).isEqualTo(floats[2 * 5000 + feature] / 2);
        assertThat(target.get(5000 + feature)).isEqualTo(floats[feature] / 2);
      }
    }
  }

  @Test
  void rowsInFilesAreThoseInTheHeap(@TempDir Path folder) throws Exception {
    byte[] bytes = new byte[3 * 5000];
    float[] floats = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 7);
      floats[i] = i - 0.5f;
    }
    Block ofBytes = Block.ofBytes(3, bytes, new float[] {1, 2, 3}, NONE);
    Block ofFloats = Block.ofFloats(3, floats, new float[] {4, 5, 6}, new float[] {7, 8, 9});
    RowMemory files = new RowMemory(0, () -> List.of(folder.resolve(UUID.randomUUID().toString())));
    long[] places = {
      Block.place(1, 2), Block.place(0, 0), Block.place(0, 1), Block.place(1, 0), Block.place(0, 2)
    };
    for (List<Block> blocks :
        List.of(
            List.of(ofBytes, ofBytes), List.of(ofFloats, ofFloats), List.of(ofBytes, ofFloats))) {
      Block inHeap = Block.gather(blocks, places, RowMemory.HEAP);
      Block inFile = Block.gather(blocks, places, files);
      assertThat(inFile).isEqualTo(inHeap).hasSameHashCodeAs(inHeap);
      assertThat(inFile.feature(3, 4999)).isEqualTo(inHeap.feature(3, 4999));
      assertThat(gathered(inFile)).isEqualTo(gathered(inHeap));
      assertThat(copy(inFile)).isEqualTo(inHeap);
      assertThat(Block.gather(List.of(inFile), new long[] {4, 0}, RowMemory.HEAP))
          .isEqualTo(inHeap.select(new int[] {4, 0}));
    }
    assertThat(folder).isEmptyDirectory(); // what is mapped has no name
  }

  @Test
  void rowsInPiecesAreThoseInOne(@TempDir Path folder) throws Exception {
    int width = 3;
    float[] floats = new float[7 * width];
    byte[] bytes = new byte[floats.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i + 0.5f;
      bytes[i] = (byte) (i * 11);
    }
    RowMemory files = new RowMemory(0, () -> List.of(folder.resolve(UUID.randomUUID().toString())));
    for (FeatureRows whole :
        List.of(FeatureRows.of(7, width, floats), FeatureRows.of(7, width, bytes))) {
      for (RowMemory memory : List.of(RowMemory.HEAP, files)) {
        for (int piece :
            new int[] {1, 2 * width, 2 * width + 1, 7 * width}) { // the last is smaller
          FeatureRows pieces =
              FeatureRows.gather(
                  7,
                  width,
                  whole.isBytes(),
                  memory,
                  (row, target, at) -> target.copy(at, whole, row),
                  piece);
          assertThat(pieces).isEqualTo(whole);
          assertThat(copy(pieces)).isEqualTo(whole);
          float[] run = new float[Block.RUN];
          pieces.read(5, 1, 2, run, 2);
          assertThat(run).startsWith(2 * whole.get(5, 1), 2 * whole.get(5, 2));
        }
      }
    }
  }

  private static float[] gathered(Block block) {
    Tensor target = Tensor.zeros(2, 5000);
    block.gatherFeatures(new int[] {4, 1, 3}, 1, 3, 0.25f, target);
    return target.toArray();
  }

  private static Object copy(Object block) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(block);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }

  @Test
  void weightsAreOneUnlessGiven() {
    Block plain = Block.ofFloats(1, new float[] {1}, new float[] {2}, NONE);
    Block weighted = Block.ofFloats(1, new float[] {3}, new float[] {4}, new float[] {0.5f});
    Block both = Block.concatenate(List.of(plain, weighted));
    assertThat(both.weight(0)).isEqualTo(1);
    assertThat(both.weight(1)).isEqualTo(0.5f);
    assertThat(both.feature(1, 0)).isEqualTo(3);
    assertThat(both.label(1, 0)).isEqualTo(4);
  }

  @Test
  void bytesMixedWithFloatsBecomeFloats() {
    Block both =
        Block.concatenate(
            List.of(
                Block.ofBytes(1, new byte[] {(byte) 255}, new float[1], NONE),
                Block.ofFloats(1, new float[] {0.5f}, new float[1], NONE)));
    assertThat(both.isBytes()).isFalse();
    assertThat(both.feature(0, 0)).isEqualTo(255);
    assertThat(both.feature(1, 0)).isEqualTo(0.5f);
  }

  @Test
  void arraysThatAreNotWholeRowsAreRejected() {
    assertThatThrownBy(() -> Block.ofFloats(2, new float[3], new float[2], NONE))
        .hasMessage("3 values are not the features of whole rows (2 expected)");
    assertThatThrownBy(() -> Block.ofFloats(2, new float[2], new float[2], new float[1]))
        .hasMessage("1 values are not the weights of whole rows (2 expected)");
  }
}
