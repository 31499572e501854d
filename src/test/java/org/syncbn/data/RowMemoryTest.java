package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowMemoryTest {

  @TempDir private Path folder;

  private RowMemory memory(long heapBytes) {
    return new RowMemory(heapBytes, () -> folder.resolve("rows"));
  }

  @Test
  void theHeapIsTakenUpToItsLimitAndFreeAgainWhenItsOwnerIsGone() {
    RowMemory memory = memory(100);
    Deque<Object> owners = new ArrayDeque<>(List.of(new Object()));
    assertThat(memory.reserve(owners.peek(), 60)).isTrue();
    assertThat(memory.reserve(this, 50)).isFalse();
    assertThat(memory.reserve(this, 40)).isTrue();
    owners.clear();
    assertThat(memory.reserve(this, 60)).isTrue(); // it looks for garbage itself
    assertThat(memory.reserve(this, 1)).isFalse();
  }

  @Test
  void aFileIsMappedToBeReadAndHasNoName() {
    ByteBuffer bytes = memory(0).map(file -> file.write(number(7)));
    assertThat(bytes.getInt(0)).isEqualTo(7);
    assertThat(bytes.capacity()).isEqualTo(4);
    assertThat(bytes.isReadOnly()).isTrue();
    assertThat(folder).isEmptyDirectory();
  }

  private static ByteBuffer number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).flip();
  }

  @Test
  void aFolderThatTakesNoFileIsNoMatterWhereOthersDo() {
    Iterator<String> folders = List.of("missing/rows", "gone/rows", "rows").iterator();
    RowMemory memory = new RowMemory(0, () -> folder.resolve(folders.next()));
    assertThat(memory.map(file -> file.write(number(7))).getInt(0)).isEqualTo(7);
  }

  @Test
  void rowsThatTheDiskDoesNotHoldAreASentence() {
    RowMemory memory = memory(0);
    assertThatThrownBy(
            () ->
                memory.map(
                    file -> {
                      file.write(number(7));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageMatching(
            "rows cannot be written to .*, where [\\d,]+ bytes are free"
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
                        file -> {
                          tried.incrementAndGet();
                          file.write(number(7));
                        }))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(tried).hasValue(1);
  }
}
