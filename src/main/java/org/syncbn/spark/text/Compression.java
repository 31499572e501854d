package org.syncbn.spark.text;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.syncbn.spark.files.DataException;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyFramedInputStream;

/**
 * Decompresses files by their names: gz and deflate by Hadoop's codecs, zst by the library that
 * Spark ships (Hadoop's needs native code), bz2, lz4 and snappy by libraries that tell damage where
 * Hadoop's readers do not; the last two in Hadoop's form or as their own programs write them.
 */
final class Compression {

  private static final String ZSTANDARD = ".zst";
  private static final int[] LZ4_FRAME = {0x04, 0x22, 0x4D, 0x18};
  private static final int[] SNAPPY_FRAME = {0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E};

  private Compression() {}

  /** Whether the name of a file says that it is compressed. */
  static boolean isCompressed(Configuration configuration, Path path) {
    return path.getName().endsWith(ZSTANDARD) || codec(configuration, path).isPresent();
  }

  private static Optional<CompressionCodec> codec(Configuration configuration, Path path) {
    return Optional.ofNullable(new CompressionCodecFactory(configuration).getCodec(path));
  }

  /** The content of a compressed file. */
  static InputStream open(Configuration configuration, Path path, InputStream raw, String name)
      throws IOException {
    BufferedInputStream source = new BufferedInputStream(raw, 1 << 16);
    try {
      return new Guarded(decompressed(configuration, path, source), name);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw damaged(name, e);
    }
  }

  private static InputStream decompressed(
      Configuration configuration, Path path, BufferedInputStream source) throws IOException {
    if (path.getName().endsWith(ZSTANDARD)) {
      return new ZstdInputStreamNoFinalizer(source);
    } else if (startsWith(source, LZ4_FRAME)) {
      return new LZ4FrameInputStream(source);
    } else if (startsWith(source, SNAPPY_FRAME)) {
      return new SnappyFramedInputStream(source);
    }
    CompressionCodec codec = codec(configuration, path).orElseThrow();
    return switch (codec.getDefaultExtension()) {
      case ".bz2" -> new BZip2CompressorInputStream(source, true);
      case ".snappy" -> new BlockStream(source, Compression::snappy);
      case ".lz4" -> new BlockStream(source, Compression::lz4);
      default -> codec.createInputStream(source);
    };
  }

  private static int snappy(byte[] compressed, int length, byte[] to, int offset)
      throws IOException {
    if (Snappy.uncompressedLength(compressed, 0, length) > to.length - offset) {
      throw new IOException("a block is longer than it says");
    }
    return Snappy.uncompress(compressed, 0, length, to, offset);
  }

  private static int lz4(byte[] compressed, int length, byte[] to, int offset) {
    return LZ4Factory.fastestInstance()
        .safeDecompressor()
        .decompress(compressed, 0, length, to, offset);
  }

  private static boolean startsWith(BufferedInputStream source, int[] magic) throws IOException {
    source.mark(magic.length);
    boolean equal = true;
    for (int expected : magic) {
      equal &= source.read() == expected;
    }
    source.reset();
    return equal;
  }

  private static DataException damaged(String name, Throwable failure) {
    return new DataException(
        "%s is truncated, damaged, or not compressed as its name says (%s)."
            .formatted(
                name,
                Optional.ofNullable(failure.getMessage())
                    .orElse(failure.getClass().getSimpleName())));
  }

  /** Tells damage in one sentence: the libraries throw all sorts of exceptions and errors. */
  private static final class Guarded extends FilterInputStream {

    private final String name;

    Guarded(InputStream source, String name) {
      super(source);
      this.name = name;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      try {
        return in.read(to, offset, length);
      } catch (IOException | RuntimeException | InternalError e) { // the last by Hadoop's zlib
        throw damaged(name, e);
      }
    }
  }
}
