package org.syncbn.spark.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Text of any encoding as UTF-8; a {@link TextFault} where bytes are not valid. Not thread-safe.
 */
final class TranscodingStream extends InputStream {

  private static final int CHARACTERS = 1 << 13;

  private final InputStream source;
  private final Charset charset;
  private final CharsetDecoder decoder;
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
  private final ByteBuffer encoded = ByteBuffer.allocate(CHARACTERS).flip();
  private final CharBuffer characters = CharBuffer.allocate(CHARACTERS);
  private final ByteBuffer text = ByteBuffer.allocate(4 * CHARACTERS).flip();
  private boolean sourceEnded;
  private boolean ended;
  private boolean invalid;
  private long position; // bytes of text that were made

  TranscodingStream(InputStream source, Charset charset) {
    this.source = source;
    this.charset = charset;
    decoder = charset.newDecoder(); // reports what is malformed or unmappable
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    while (!text.hasRemaining()) {
      if (invalid) {
        throw new TextFault(position, TextFile.notValid(charset));
      }
      if (ended) {
        return -1;
      }
      decodeMore();
    }
    int n = Math.min(length, text.remaining());
    text.get(to, offset, n);
    return n;
  }

  private void decodeMore() throws IOException {
    encoded.compact();
    int n = source.read(encoded.array(), encoded.position(), encoded.remaining());
    if (n > 0) {
      encoded.position(encoded.position() + n);
    }
    sourceEnded |= n < 0;
    encoded.flip();
    CoderResult result = decoder.decode(encoded, characters, sourceEnded);
    if (sourceEnded && result.isUnderflow()) {
      result = decoder.flush(characters);
      ended = result.isUnderflow();
    }
    invalid = result.isError();
    characters.flip();
    text.clear();
    encoder.encode(characters, text, ended || invalid);
    characters.compact(); // the first half of a pair may be left
    text.flip();
    position += text.remaining();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
