package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {

  @TempDir private Path folder;

  @Test
  void plainAndCompressedFilesHoldTheSame() throws IOException {
    byte[] file = idx(new int[] {2, 2, 3}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255);
    for (Path path : new Path[] {write("plain", file), write("packed.gz", gzip(file))}) {
      IdxFile read = IdxFile.read(path);
      assertThat(read.shape()).containsExactly(2, 2, 3);
      assertThat(read.items()).isEqualTo(2);
      assertThat(read.values()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255);
    }
  }

  @Test
  void damagedFilesAreRejectedByName() throws IOException {
    byte[] file = idx(new int[] {3}, 7, 8, 9);
    rejected("short", Arrays.copyOf(file, file.length - 1), "is truncated: 2 of 3 bytes are there");
    rejected("long", Arrays.copyOf(file, file.length + 1), "is damaged: it continues after the 3");
    rejected("text", "label,pixel".getBytes(), "is not an IDX file");
    rejected("empty", new byte[0], "is not an IDX file");
    byte[] doubles = file.clone();
    doubles[2] = 0x0E;
    rejected("doubles", doubles, "holds IDX type 0x0e; only unsigned bytes (0x08) are read");
    byte[] huge = idx(new int[] {1 << 20, 1 << 20});
    rejected("huge", huge, "its header has impossible dimensions");
    byte[] packed = gzip(file);
    rejected("cut.gz", Arrays.copyOf(packed, packed.length - 9), "is damaged: ");
    packed[packed.length - 6] ^= 1; // the checksum
    rejected("checksum.gz", packed, "is damaged: ");
    assertThatThrownBy(() -> IdxFile.read(folder.resolve("nowhere")))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no file " + folder.resolve("nowhere"));
  }

  @Test
  void aFolderBecomesRowsOfGreyValues() throws IOException {
    write("train-images-idx3-ubyte", idx(new int[] {2, 1, 2}, 0, 128, 255, 3));
    write("train-labels-idx1-ubyte.gz", gzip(idx(new int[] {2}, 4, 0)));
    Dataset read = ImageFolder.read(folder, ImageFolder.Split.TRAIN);
    assertThat(read.schema().shape()).containsExactly(1, 2, 1);
    assertThat(read.rows().rows()).isEqualTo(2);
    assertThat(read.rows().feature(1, 0)).isEqualTo(255);
    assertThat(read.rows().label(0, 0)).isEqualTo(4);
    assertThat(read.schema().classes()).hasSize(5);

    assertThatThrownBy(() -> ImageFolder.read(folder, ImageFolder.Split.TEST))
        .hasMessageContaining("holds neither t10k-images-idx3-ubyte nor");
    write("train-labels-idx1-ubyte.gz", gzip(idx(new int[] {3}, 4, 0, 1)));
    assertThatThrownBy(() -> ImageFolder.read(folder, ImageFolder.Split.TRAIN))
        .hasMessageContaining("holds 2 images, but")
        .hasMessageContaining("holds 3 labels");
  }

  private void rejected(String name, byte[] content, String sentence) throws IOException {
    Path path = write(name, content);
    assertThatThrownBy(() -> IdxFile.read(path))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(sentence);
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private static byte[] idx(int[] shape, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * shape.length + values.length);
    bytes.put(new byte[] {0, 0, 8, (byte) shape.length});
    Arrays.stream(shape).forEach(bytes::putInt);
    Arrays.stream(values).forEach(value -> bytes.put((byte) value));
    return bytes.array();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(content);
    }
    return out.toByteArray();
  }
}
