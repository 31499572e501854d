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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

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

  /** How long garbage is waited for: 1 ms, 2 ms, 4 ms and so on, half a second in all. */
  private static final int WAITS = 9;

  /** How long rows that exceed the heap are no reason to collect its garbage once more. */
  static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long limit;
  private final AtomicLong left;
  private final Supplier<List<Path>> files;
  private final ToLongFunction<Path> room;
  private final LongSupplier nanoTime;
  private Optional<Long> lastCollected = Optional.empty(); // guarded by this

  /**
   * A share of the heap, and files.
   *
   * @param heapBytes the most bytes in the heap
   * @param files names of files that do not exist, one in each folder, in the order in which
   *     folders are tried; a file is deleted once it is open
   */
  public RowMemory(long heapBytes, Supplier<List<Path>> files) {
    this(heapBytes, files, folder -> folder.toFile().getUsableSpace(), System::nanoTime);
  }

  /**
   * As above.
   *
   * @param room the free bytes of a folder; a file store would throw where a container hides its
   *     device
   * @param nanoTime a clock
   */
  RowMemory(
      long heapBytes,
      Supplier<List<Path>> files,
      ToLongFunction<Path> room,
      LongSupplier nanoTime) {
    limit = heapBytes;
    left = new AtomicLong(heapBytes);
    this.files = files;
    this.room = room;
    this.nanoTime = nanoTime;
  }

  /** Takes bytes of the heap for as long as their owner is reachable; false if too few are left. */
  boolean reserve(Object owner, long bytes) {
    if (limit == Long.MAX_VALUE) {
      return true;
    }
    if (!take(bytes) && !(bytes <= limit && mayCollect() && afterGarbage(() -> take(bytes)))) {
      return false;
    }
    AtomicLong from = left; // the action must not reach the owner
    CLEANER.register(owner, () -> from.addAndGet(bytes));
    return true;
  }

  private boolean take(long bytes) {
    return left.getAndUpdate(free -> free < bytes ? free : free - bytes) >= bytes;
  }

  /** Not for each of many rows that exceed the heap, but for the first ones of the next run. */
  private synchronized boolean mayCollect() {
    long now = nanoTime.getAsLong();
    if (lastCollected.isPresent() && now - lastCollected.get() < PAUSE_NANOS) {
      return false;
    }
    lastCollected = Optional.of(now);
    return true;
  }

  /** Collects garbage and tries until there is room; what garbage held is free a little later. */
  private static boolean afterGarbage(BooleanSupplier attempt) {
    System.gc();
    for (int wait = 0; wait < WAITS; wait++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1L << wait));
      if (attempt.getAsBoolean()) {
        return true;
      }
    }
    return false;
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
   * @param bytes its size
   * @param content may be asked for again
   * @throws UncheckedIOException in a sentence, if no folder has room
   */
  ByteBuffer map(long bytes, Content content) {
    List<IOException> failures = new ArrayList<>();
    Optional<ByteBuffer> mapped = mapInAnyFolder(bytes, content, failures);
    if (mapped.isEmpty()) {
      afterGarbage(() -> files.get().stream().anyMatch(file -> hasRoom(file, bytes)));
      failures.clear();
      mapped = mapInAnyFolder(bytes, content, failures);
    }
    return mapped.orElseThrow(
        () -> {
          String reasons =
              failures.stream().map(Throwable::getMessage).collect(Collectors.joining("; "));
          return new UncheckedIOException(
              "%,d bytes of rows cannot be written: %s; spark.local.dir names the folders"
                  .formatted(bytes, reasons),
              failures.get(0));
        });
  }

  /** Empty if each folder failed. */
  private Optional<ByteBuffer> mapInAnyFolder(
      long bytes, Content content, List<IOException> failures) {
    for (Path file : files.get()) {
      try {
        if (!hasRoom(file, bytes)) { // else the disk would be full for others too, for a while
          throw new IOException("too few");
        }
        return Optional.of(map(file, content));
      } catch (ClosedByInterruptException e) {
        throw new UncheckedIOException("rows are not written: the task was interrupted", e);
      } catch (IOException e) {
        Path folder = file.getParent();
        failures.add(
            new IOException(
                "%s has %,d bytes free (%s)"
                    .formatted(folder, room.applyAsLong(folder), e.getMessage()),
                e));
      }
    }
    return Optional.empty();
  }

  private boolean hasRoom(Path file, long bytes) {
    return room.applyAsLong(file.getParent()) >= bytes;
  }

  private static ByteBuffer map(Path file, Content content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      content.writeTo(channel);
      return channel.map(MapMode.READ_ONLY, 0, channel.position()).order(ByteOrder.nativeOrder());
    }
  }
}
