package io.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFolderTest {

  @TempDir private Path path;

  @Test
  void filesAreWrittenListedAndRead() throws IOException {
    Folder folder = new LocalFolder(path.resolve("a/b"));
    assertThat(folder.exists()).isFalse();
    assertThat(folder.list()).isEmpty();
    write(folder, "two", 2);
    write(folder, "one", 1);
    write(folder.child("deep"), "three", 3);
    assertThat(folder.list()).containsExactly("deep", "one", "two");
    assertThat(read(folder, "one")).isEqualTo(1);
    assertThatThrownBy(() -> folder.read("four"))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage("there is no file " + path.resolve("a/b/four"));
  }

  @Test
  void aFolderIsRenamedWholeAndNeverOverAnother() throws IOException {
    Folder part = new LocalFolder(path.resolve("part"));
    Folder whole = part.sibling("whole");
    write(part, "x", 7);
    part.renameTo(whole);
    assertThat(part.exists()).isFalse();
    assertThat(read(whole, "x")).isEqualTo(7);
    write(part, "x", 8);
    assertThatThrownBy(() -> part.renameTo(whole)).hasMessageEndingWith("whole is already there");
    whole.delete();
    assertThat(whole.exists()).isFalse();
    whole.delete();
  }

  private static void write(Folder folder, String file, int value) throws IOException {
    try (OutputStream out = folder.write(file)) {
      out.write(value);
    }
  }

  private static int read(Folder folder, String file) throws IOException {
    try (InputStream in = folder.read(file)) {
      return in.read();
    }
  }
}
