package org.syncbn.spark.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.syncbn.spark.internals.Files;

/** What the first bytes of a file, decompressed where its name says so, tell of it. */
final class FileContent {

  /** So many bytes are looked at. */
  private static final int LENGTH = 1 << 16;

  /** Bytes that begin a kind of file, and what a person can do about one that is not read. */
  private record Signature(int at, byte[] bytes, String name, String remedy) {

    static Signature of(String text, String name, String remedy) {
      return new Signature(0, text.getBytes(StandardCharsets.ISO_8859_1), name, remedy);
    }

    static Signature ofHex(String hex, String name, String remedy) {
      return new Signature(0, HexFormat.of().parseHex(hex), name, remedy);
    }

    /** A signature that is a word, such as PARE, may begin a text too, such as PARENT. */
    boolean begins(byte[] start) {
      return start.length >= at + bytes.length
          && Arrays.equals(start, at, at + bytes.length, bytes, 0, bytes.length)
          && !(isWord() && isText(start));
    }

    private boolean isWord() {
      for (byte b : bytes) {
        if (!Character.isLetterOrDigit(b)) {
          return false;
        }
      }
      return true;
    }

    private static boolean isText(byte[] start) {
      for (byte b : start) {
        if (b >= 0 && b < ' ' && !Character.isWhitespace(b)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final String UNPACK = "unpack it";
  private static final String SAVE_AS_CSV = "save its table as CSV or Parquet";
  private static final String NAME_GZ = "let its name end with .";

  private static final List<Signature> UNREADABLE =
      List.of(
          Signature.of(
              "PK\u0003\u0004",
              "a ZIP archive or an Excel workbook",
              "unpack it, or save its table as CSV"),
          Signature.ofHex("d0cf11e0a1b11ae1", "an Excel workbook (.xls)", SAVE_AS_CSV),
          Signature.of("%PDF-", "a PDF document", SAVE_AS_CSV),
          Signature.of("Obj\u0001", "an Avro file", "write it as Parquet"),
          Signature.of("ARROW1", "an Arrow (Feather) file", "write it as Parquet"),
          Signature.of(
              "PARE", "a Parquet file with an encrypted footer", "write it without encryption"),
          Signature.of("SEQ\u0006", "a Hadoop sequence file", "write it as Parquet"),
          Signature.ofHex("894844460d0a1a0a", "an HDF5 file", SAVE_AS_CSV),
          Signature.of("\u0093NUMPY", "a NumPy array", SAVE_AS_CSV),
          Signature.of("SQLite format 3", "an SQLite database", "export its table as CSV"),
          Signature.of("MATLAB 5.0", "a MATLAB file", SAVE_AS_CSV),
          Signature.of("<stata_dta>", "a Stata file", SAVE_AS_CSV),
          Signature.of("RDX", "a file of R", SAVE_AS_CSV),
          Signature.of(
              "version https://git-lfs",
              "a pointer of Git LFS, not the file itself",
              "fetch it with git lfs pull"),
          new Signature(
              257, "ustar".getBytes(StandardCharsets.ISO_8859_1), "a tar archive", UNPACK),
          Signature.ofHex("1f8b", "compressed by gzip", NAME_GZ + "gz"),
          Signature.of("BZh", "compressed by bzip2", NAME_GZ + "bz2"),
          Signature.ofHex("28b52ffd", "compressed by zstd", NAME_GZ + "zst"),
          Signature.ofHex("fd377a585a00", "compressed by xz", UNPACK),
          Signature.ofHex("1f9d", "compressed by compress", UNPACK),
          Signature.ofHex("377abcaf271c", "a 7z archive", UNPACK),
          Signature.of("Rar!", "a RAR archive", UNPACK));

  private static final Signature WEB_PAGE =
      Signature.of("", "a web page (HTML)", "download the data file itself");
  private static final Signature XML = Signature.of("", "XML", SAVE_AS_CSV);
  private static final Signature ARFF = Signature.of("", "an ARFF file", "save it as CSV");
  private static final Signature PICKLE =
      Signature.of("", "a Python pickle", "write it as Parquet");
  private static final Signature BINARY =
      Signature.of("", "of no format known here", "name its format, or write it as Parquet");

  private static final Pattern LIBSVM_LINE =
      Pattern.compile("[+-]?[0-9.]+([eE][+-]?[0-9]+)?(\\s+[0-9]+:[^\\s:]+)*\\s*(#.*)?");

  private final byte[] start;
  private final String text;

  private FileContent(byte[] start) {
    this.start = start;
    this.text = text(start);
  }

  /** Reads the start of a file. */
  static FileContent of(Configuration configuration, Path path) throws IOException {
    try (InputStream in = Files.open(configuration, path)) {
      return new FileContent(in.readNBytes(LENGTH));
    }
  }

  /** A file that begins with these bytes. */
  static FileContent of(byte[] start) {
    return new FileContent(start.clone());
  }

  private static String text(byte[] start) {
    Charset charset = StandardCharsets.UTF_8;
    if (begins(start, 0xfe, 0xff) || begins(start, 0xff, 0xfe)) {
      charset = StandardCharsets.UTF_16;
    }
    String text = new String(start, charset);
    return (text.startsWith("\ufeff") ? text.substring(1) : text).stripLeading();
  }

  private static boolean begins(byte[] start, int first, int second) {
    return start.length > 1 && (start[0] & 0xff) == first && (start[1] & 0xff) == second;
  }

  /**
   * The format that the content shows for sure.
   *
   * @throws DataException in a sentence with a remedy, if nothing here can read such a file
   */
  Optional<DataFormat> certain(DataFile file) {
    if (Signature.of("PAR1", "", "").begins(start)) {
      return Optional.of(DataFormat.PARQUET);
    }
    if (Signature.of("ORC", "", "").begins(start)) {
      return Optional.of(DataFormat.ORC);
    }
    UNREADABLE.stream()
        .filter(signature -> signature.begins(start))
        .findFirst()
        .or(this::textOfOthers)
        .ifPresent(signature -> reject(file, signature));
    return Optional.empty();
  }

  private Optional<Signature> textOfOthers() {
    String begin = text.substring(0, Math.min(text.length(), 1000)).toLowerCase(Locale.ROOT);
    if (begin.startsWith("<!doctype html") || begin.startsWith("<html")) {
      return Optional.of(WEB_PAGE);
    } else if (begin.startsWith("<?xml")) {
      return Optional.of(XML);
    } else if (text.lines().limit(1000).anyMatch(line -> line.matches("(?i)@relation\\s.*"))) {
      return Optional.of(ARFF);
    } else if (start.length > 1 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5) {
      return Optional.of(PICKLE);
    }
    return Optional.empty();
  }

  /**
   * The format that the content most probably has: delimited text if it is text at all.
   *
   * @throws DataException in a sentence with a remedy, if nothing here can read such a file
   */
  DataFormat probable(DataFile file) {
    Optional<DataFormat> certain = certain(file);
    if (certain.isPresent()) {
      return certain.get();
    }
    if (text.indexOf('\0') >= 0) {
      reject(file, BINARY);
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return DataFormat.JSON;
    }
    return isLibsvm() ? DataFormat.LIBSVM : DataFormat.CSV;
  }

  private boolean isLibsvm() {
    List<String> lines = text.lines().toList();
    boolean isCut = start.length == LENGTH && lines.size() > 1;
    List<String> whole =
        (isCut ? lines.subList(0, lines.size() - 1) : lines)
            .stream().filter(line -> !line.isBlank()).limit(100).toList();
    return whole.stream().anyMatch(line -> line.contains(":"))
        && whole.stream().allMatch(line -> LIBSVM_LINE.matcher(line.strip()).matches());
  }

  private static void reject(DataFile file, Signature signature) {
    throw new DataException(
        "%s is %s, which cannot be read; %s.".formatted(file, signature.name, signature.remedy));
  }
}
