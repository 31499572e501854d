package org.syncbn.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Where features of rows are kept that belong to a run: in the heap of this JVM up to a limit, and
 * beyond it in files that are mapped into memory. The operating system reads a file's pages when
 * they are used and drops them when it is short of memory, so that rows may exceed what there is;
 * nothing but time depends on it.
 *
 * <p>What was reserved is free again when the rows are unreachable. Thread-safe.
 */
public final class RowMemory {

  /** The heap without a limit. */
  public static final RowMemory HEAP =
      new RowMemory(
          Long.MAX_VALUE,
          () -> {
            throw new IllegalStateException("rows in the heap have no files");
          });

  private static final Cleaner CLEANER = Cleaner.create();

  private final boolean isLimited;
  private final AtomicLong left;
  private final Supplier<Path> files;

  /**
   * A share of the heap, and files.
   *
   * @param heapBytes the most bytes in the heap
   * @param files names of files that do not exist; they are deleted once they are open
   */
  public RowMemory(long heapBytes, Supplier<Path> files) {
    isLimited = heapBytes < Long.MAX_VALUE;
    left = new AtomicLong(heapBytes);
    this.files = files;
  }

  /** Takes bytes of the heap for as long as their owner is reachable; false if too few are left. */
  boolean reserve(Object owner, long bytes) {
    if (!isLimited) {
      return true;
    }
    if (left.getAndUpdate(free -> free < bytes ? free : free - bytes) < bytes) {
      return false;
    }
    AtomicLong from = left; // the action must not reach the owner
    CLEANER.register(owner, () -> from.addAndGet(bytes));
    return true;
  }

  /** A new file of zeros as memory, in the order of this machine's bytes. */
  ByteBuffer map(long bytes) {
    Path file = files.get();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      long room = Files.getFileStore(file.getParent()).getUsableSpace();
      if (room < bytes) { // else a write to a mapped page fails, as an error of the JVM
        throw new IOException(
            "%,d bytes of rows do not fit into %s, where %,d are free"
                .formatted(bytes, file.getParent(), room));
      }
      return channel.map(MapMode.READ_WRITE, 0, bytes).order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
