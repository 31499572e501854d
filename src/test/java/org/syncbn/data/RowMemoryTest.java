package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowMemoryTest {

  @TempDir private Path folder;

  private RowMemory memory(long heapBytes) {
    return new RowMemory(heapBytes, () -> folder.resolve("rows"));
  }

  @Test
  void theHeapIsTakenUpToItsLimitAndFreeAgainWhenItsOwnerIsGone() throws InterruptedException {
    RowMemory memory = memory(100);
    Deque<Object> owners = new ArrayDeque<>(List.of(new Object()));
    assertThat(memory.reserve(owners.peek(), 60)).isTrue();
    assertThat(memory.reserve(this, 50)).isFalse();
    assertThat(memory.reserve(this, 40)).isTrue();
    owners.clear();
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    boolean free = false;
    while (!free && System.nanoTime() < deadline) {
      System.gc();
      Thread.sleep(10);
      free = memory.reserve(this, 60);
    }
    assertThat(free).isTrue();
    assertThat(memory.reserve(this, 1)).isFalse();
  }

  @Test
  void aFileIsMappedAndHasNoName() {
    ByteBuffer bytes = memory(0).map(1000);
    bytes.putInt(996, 7);
    assertThat(bytes.getInt(996)).isEqualTo(7);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void rowsThatTheDiskDoesNotHoldAreASentence() {
    RowMemory memory = memory(0);
    assertThatThrownBy(() -> memory.map(Long.MAX_VALUE / 2))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageMatching("[\\d,]+ bytes of rows do not fit into .*, where [\\d,]+ are free");
    assertThat(folder).isEmptyDirectory();
  }
}
