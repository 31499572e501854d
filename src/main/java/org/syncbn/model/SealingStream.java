package org.syncbn.model;

import java.io.IOException;
import java.io.OutputStream;

/** A stream whose bytes are made safe before it is closed. Not thread-safe. */
public final class SealingStream extends OutputStream {

  private final OutputStream out;
  private final Seal seal;

  /**
   * Seals another stream.
   *
   * @param seal makes what was written safe
   */
  public SealingStream(OutputStream out, Seal seal) {
    this.out = out;
    this.seal = seal;
  }

  /** Makes bytes safe. */
  @FunctionalInterface
  public interface Seal {
    /** Puts what was written so far where it outlives a crash. */
    void force() throws IOException;
  }

  @Override
  public void write(int value) throws IOException {
    out.write(value);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    try (out) {
      seal.force();
    }
  }
}
