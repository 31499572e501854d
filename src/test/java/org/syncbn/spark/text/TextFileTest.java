package org.syncbn.spark.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.TextsOf;
import org.syncbn.spark.files.DataException;
import org.xerial.snappy.SnappyFramedOutputStream;

class TextFileTest {

  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  private TextFile file(byte[] content, String name, String encoding) throws IOException {
    Path path = Files.write(folder.resolve(name), content);
    return new TextFile(
        HADOOP, new org.apache.hadoop.fs.Path(path.toUri()), TextsOf.encoding(encoding));
  }

  private static List<String> lines(TextFile file, long start, long end) {
    List<String> all = new ArrayList<>();
    try (TextLines lines = file.lines(start, end)) {
      while (lines.next()) {
        all.add(
            new String(
                lines.bytes(), lines.from(), lines.to() - lines.from(), StandardCharsets.UTF_8));
      }
    }
    return all;
  }

  private static List<String> lines(TextFile file) {
    return lines(file, 0, Long.MAX_VALUE);
  }

  private static byte[] bytes(String text, String encoding) {
    return text.getBytes(Charset.forName(encoding));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a\n",
        "a\nb",
        "\n",
        "\n\na\n\n",
        "a\r\nb\r\n",
        "a\rb\r\rc",
        "ü€\n😀\n",
        "\uFEFFa\nb\n",
        "\uFEFF",
        "a\r\n\r\nb\n",
        "long line here\nx\n\nyy\n"
      })
  void theLinesOfAnyPartsAreThoseOfTheWhole(String text) throws IOException {
    byte[] content = bytes(text, "UTF-8");
    TextFile file = file(content, "a.txt", "UTF-8");
    List<String> whole = lines(file);
    String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    List<String> expected = new ArrayList<>(Arrays.asList(unmarked.split("\r\n|\r|\n", -1)));
    if (expected.get(expected.size() - 1).isEmpty()) {
      expected.remove(expected.size() - 1);
    }
    assertThat(whole).isEqualTo(expected);
    for (int size = 1; size <= content.length; size++) {
      List<String> parts = new ArrayList<>();
      for (int start = 0; start < content.length; start += size) {
        parts.addAll(lines(file, start, start + size));
      }
      assertThat(parts).as("parts of %d bytes", size).isEqualTo(whole);
    }
  }

  @Test
  void aLineMayBeLongerThanAnyBuffer() throws IOException {
    String longest = "x€".repeat(300_000);
    assertThat(lines(file(bytes("a\n" + longest + "\r\nb", "UTF-8"), "a.txt", "UTF-8")))
        .containsExactly("a", longest, "b");
  }

  @Test
  void aLineIsJoinedWithTheNextByItsOwnBreak() throws IOException {
    for (String encoding : List.of("UTF-8", "ISO-8859-1", "UTF-16")) {
      TextFile file = file(bytes("ä\r\nb\nc", encoding), "a.txt", encoding);
      try (TextLines lines = file.lines()) {
        assertThat(lines.next() && lines.extend() && lines.extend()).isTrue();
        assertThat(lines.extend()).isFalse();
        assertThat(
                new String(
                    lines.bytes(), lines.from(), lines.to() - lines.from(), StandardCharsets.UTF_8))
            .isEqualTo("ä\r\nb\nc");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ISO-8859-1, true",
    "windows-1252, true",
    "UTF-8, true",
    "UTF-16LE, false",
    "UTF-16, false",
    "GB18030, false",
    "Shift_JIS, false",
    "IBM037, false"
  })
  void textOfAnyEncodingIsReadAndRejectedWhereItIsInvalid(String encoding, boolean splittable)
      throws IOException {
    String letters = encoding.equals("Shift_JIS") ? "日本" : "Müller";
    TextFile file = file(bytes("x\n" + letters + "\n", encoding), "a.txt", encoding);
    assertThat(lines(file)).containsExactly("x", letters);
    assertThat(file.isSplittable()).isEqualTo(splittable);
    assertThat(new String(file.open().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("x\n" + letters + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8, FF",
    "UTF-8, C3",
    "UTF-8, EDA080",
    "UTF-8, C0AF",
    "UTF-8, F4908080",
    "windows-1252, 81",
    "GB18030, FF",
    "US-ASCII, E9"
  })
  void bytesThatAreNotValidAreRejectedWithTheirLine(String encoding, String hex)
      throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(bytes("x\n\"two\nlines\"\n", "US-ASCII"));
    content.write(java.util.HexFormat.of().parseHex(hex));
    content.write(bytes("\nend\n", "US-ASCII"));
    TextFile file = file(content.toByteArray(), "a.txt", encoding);
    assertThatThrownBy(() -> lines(file))
        .isInstanceOfSatisfying(
            TextFault.class,
            fault ->
                assertThat(file.sentence(fault))
                    .hasMessageStartingWith(
                        "%s, line 4: the bytes here are not valid %s; ", file, encoding));
  }

  @Test
  void aByteOrderMarkDecides() throws IOException {
    for (String encoding : List.of("UTF-16LE", "UTF-16BE", "UTF-8", "UTF-32LE")) {
      byte[] content = bytes("\uFEFFä\nb\n", encoding);
      TextFile file = file(content, "a.txt", "ISO-8859-1");
      assertThat(lines(file)).containsExactly("ä", "b");
      if (!encoding.equals("UTF-8")) {
        assertThat(lines(file, 0, 2)).containsExactly("ä", "b");
        assertThat(lines(file, 2, content.length)).isEmpty();
      }
    }
    assertThatThrownBy(() -> lines(file(bytes("x,y\n", "UTF-16LE"), "a.txt", "UTF-8")))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith(
            "a.txt looks like UTF-16LE without a byte order mark; use --encoding UTF-16LE.");
    assertThatThrownBy(() -> file(new byte[0], "a.txt", "latin-99"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("encoding 'latin-99' is unknown; ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gz", "bz2", "zst", "deflate", "snappy", "lz4", "frame.lz4", "frame.snappy"})
  void compressedFilesAreReadAndDamageIsTold(String extension) throws IOException {
    String text = "x,y\n" + "1.5,2\n".repeat(50_000) + "end\n";
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = compressing(extension, compressed)) {
      out.write(bytes(text, "UTF-8"));
    }
    if (extension.equals("gz")) { // a second member
      try (OutputStream out = compressing(extension, compressed)) {
        out.write(bytes("more\n", "UTF-8"));
      }
      text += "more\n";
    }
    byte[] content = compressed.toByteArray();
    TextFile file = file(content, "a.csv." + extension, "UTF-8");
    assertThat(file.isSplittable()).isFalse();
    assertThat(lines(file)).isEqualTo(List.of(text.split("\n")));
    assertThat(lines(file, 5, 1_000_000)).isEmpty();
    for (byte[] damaged :
        List.of(Arrays.copyOf(content, content.length * 2 / 3), bytes("1,2\n3,4\n", "UTF-8"))) {
      TextFile bad = file(damaged, "bad.csv." + extension, "UTF-8");
      assertThatThrownBy(() -> lines(bad))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith(
              "%s is truncated, damaged, or not compressed as its name says (", bad);
    }
  }

  private static OutputStream compressing(String extension, OutputStream out) throws IOException {
    return switch (extension) {
      case "zst" -> new ZstdOutputStream(out);
      case "frame.lz4" -> new LZ4FrameOutputStream(out);
      case "frame.snappy" -> new SnappyFramedOutputStream(out);
      default ->
          new CompressionCodecFactory(HADOOP)
              .getCodec(new org.apache.hadoop.fs.Path("a." + extension))
              .createOutputStream(out);
    };
  }
}
