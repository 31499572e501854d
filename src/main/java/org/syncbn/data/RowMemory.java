package org.syncbn.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Where features of rows are kept that belong to a run: in the heap of this JVM up to a limit, and
 * beyond it in files that are mapped into memory. The operating system reads a file's pages when
 * they are used and drops them when it is short of memory, so that rows may exceed what there is;
 * nothing but time depends on it.
 *
 * <p>What was reserved is free again when the garbage collector has found the rows unreachable.
 * Where the heap's share or a disk seems to be full, it is therefore asked to look, as Java does
 * where direct memory is short. Thread-safe.
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

  /** How often a file that does not fit is tried again, under another name. */
  private static final int RETRIES = 3;

  /** How long the collector's garbage may take to be freed. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

  private final boolean isLimited;
  private final AtomicLong left;
  private final AtomicBoolean mayHaveGarbage = new AtomicBoolean();
  private final Supplier<Path> files;

  /**
   * A share of the heap, and files.
   *
   * @param heapBytes the most bytes in the heap
   * @param files names of files that do not exist, on several disks if there are some; they are
   *     deleted once they are open
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
    if (!take(bytes)) {
      // Once, until other rows are reserved: rows that exceed the heap are no reason to search it.
      if (!mayHaveGarbage.getAndSet(false)) {
        return false;
      }
      collectGarbage();
      if (!take(bytes)) {
        return false;
      }
    }
    AtomicLong from = left; // the action must not reach the owner
    CLEANER.register(owner, () -> from.addAndGet(bytes));
    mayHaveGarbage.set(true);
    return true;
  }

  private boolean take(long bytes) {
    return left.getAndUpdate(free -> free < bytes ? free : free - bytes) >= bytes;
  }

  private static void collectGarbage() {
    System.gc();
    LockSupport.parkNanos(PAUSE);
  }

  /** Writes the bytes of a file from its start to its end. */
  @FunctionalInterface
  interface Content {
    void writeTo(WritableByteChannel file) throws IOException;
  }

  /**
   * A new file as memory, in the order of this machine's bytes. It is written before it is mapped:
   * a full disk fails a write, but ends a JVM that changes a mapped page. Nobody writes to it
   * afterwards, so it is mapped to be read, which counts less as this process's memory.
   *
   * @param content may be asked for again
   */
  ByteBuffer map(Content content) {
    for (int retries = 0; ; retries++) {
      Path file = files.get();
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        content.writeTo(channel);
        return channel.map(MapMode.READ_ONLY, 0, channel.position()).order(ByteOrder.nativeOrder());
      } catch (IOException e) {
        if (retries == RETRIES || e instanceof ClosedByInterruptException) {
          throw new UncheckedIOException(
              "rows cannot be written to %s, where %,d bytes are free (%s); spark.local.dir names the folders"
                  .formatted(file.getParent(), room(file), e.getMessage()),
              e);
        }
        collectGarbage(); // of files too
      }
    }
  }

  private static long room(Path file) {
    return file.getParent().toFile().getUsableSpace();
  }
}
