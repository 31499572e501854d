package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events for TensorBoard, byte for byte as its own classes write them. */
class EventFileTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochMilli(1_700_000_000_250L), ZoneOffset.UTC);

  @TempDir Path folder;

  @Test
  void holdsWhatTensorBoardWrites() throws IOException {
    try (EventFile events = EventFile.in(folder.resolve("run"), CLOCK)) {
      events.scalar("train/loss", 0, 2.5);
      events.scalar("train/loss", 300, 0.125);
      events.scalar("validation/accuracy", 300, Double.NaN);
    }
    try (InputStream golden = EventFileTest.class.getResourceAsStream("golden.tfevents")) {
      assertThat(Files.readAllBytes(only(folder.resolve("run")))).isEqualTo(golden.readAllBytes());
    }
  }

  @Test
  void isNamedSoThatTensorBoardFindsIt() throws IOException {
    EventFile.in(folder, CLOCK).close();
    assertThat(only(folder).getFileName().toString()).startsWith("events.out.tfevents.1700000000.");
  }

  @Test
  void whatWasAddedCanBeReadBeforeTheEnd() throws IOException {
    try (EventFile events = EventFile.in(folder, CLOCK)) {
      long version = Files.size(only(folder));
      events.scalar("loss", 1, 1);
      events.flush();
      assertThat(Files.size(only(folder))).isGreaterThan(version);
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> EventFile.in(file.resolve("run"), CLOCK))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "the folder " + file.resolve("run") + " cannot take events for TensorBoard: ");
  }

  private static Path only(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }
}
