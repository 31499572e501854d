package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowMemoryTest {

  @TempDir private Path folder;

  private final AtomicLong clock = new AtomicLong();

  private RowMemory memory(long heapBytes) {
    return new RowMemory(
        heapBytes,
        () -> List.of(folder.resolve("rows")),
        path -> path.toFile().getUsableSpace(),
        clock::get);
  }

  @Test
  void theHeapIsTakenUpToItsLimitAndFreeAgainWhenItsOwnerIsGone() {
    RowMemory memory = memory(100);
    Deque<Object> owners = new ArrayDeque<>(List.of(new Object()));
    assertThat(memory.reserve(owners.peek(), 60)).isTrue();
    assertThat(memory.reserve(this, 50)).isFalse();
    clock.addAndGet(RowMemory.PAUSE_NANOS); // the next run begins
    owners.clear();
    assertThat(memory.reserve(this, 100)).isTrue(); // it looks for garbage itself
    assertThat(memory.reserve(this, 1)).isFalse();
  }

  @Test
  void aFileIsMappedToBeReadAndHasNoName() {
    ByteBuffer bytes = memory(0).map(4, file -> file.write(number(7)));
    assertThat(bytes.getInt(0)).isEqualTo(7);
    assertThat(bytes.capacity()).isEqualTo(4);
    assertThat(bytes.isReadOnly()).isTrue();
    assertThat(folder).isEmptyDirectory();
  }

  private static ByteBuffer number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).flip();
  }

  /** Rows that go to the last of some folders. */
  private void assertOnlyTheLastTakesRows(List<Path> folders, ToLongFunction<Path> room) {
    AtomicInteger tried = new AtomicInteger();
    RowMemory memory =
        new RowMemory(
            0,
            () -> {
              tried.incrementAndGet();
              return folders.stream().map(path -> path.resolve("rows")).toList();
            },
            room,
            clock::get);
    assertThat(memory.map(4, file -> file.write(number(7))).getInt(0)).isEqualTo(7);
    assertThat(tried).hasValue(1); // whichever folders come first
  }

  @Test
  void foldersThatTakeNoFileAreNoMatterWhereOneDoes() {
    assertOnlyTheLastTakesRows(
        Stream.concat(
                IntStream.range(0, 9).mapToObj(i -> folder.resolve("missing" + i)),
                Stream.of(folder))
            .toList(),
        path -> 4);
  }

  @Test
  void foldersWithoutRoomAreNoMatterWhereOneHasIt() throws IOException {
    Path full = Files.createDirectory(folder.resolve("full"));
    assertOnlyTheLastTakesRows(List.of(full, folder), path -> path.equals(full) ? 3 : 4);
  }

  @Test
  void filesOfRowsThatAreGoneMakeRoom() {
    AtomicLong free = new AtomicLong();
    Deque<Object> rows = new ArrayDeque<>(List.of(new Object()));
    Cleaner.create().register(rows.peek(), () -> free.set(4));
    rows.clear();
    RowMemory memory =
        new RowMemory(0, () -> List.of(folder.resolve("rows")), path -> free.get(), clock::get);
    assertThat(memory.map(4, file -> file.write(number(7))).getInt(0)).isEqualTo(7);
  }

  @Test
  void rowsThatTheDiskDoesNotHoldAreASentence() {
    RowMemory memory = memory(0);
    assertThatThrownBy(
            () ->
                memory.map(
                    4,
                    file -> {
                      file.write(number(7));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageMatching(
            "4 bytes of rows cannot be written: .* has [\\d,]+ bytes free"
                + " \\(No space left on device\\); spark.local.dir names the folders");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anInterruptedTaskDoesNotTryAgain() {
    AtomicInteger tried = new AtomicInteger();
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () ->
                memory(0)
                    .map(
                        4,
                        file -> {
                          tried.incrementAndGet();
                          file.write(number(7));
                        }))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(tried).hasValue(1);
  }
}
