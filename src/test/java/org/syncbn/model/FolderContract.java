package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link Folder} does, and what the saving of models makes of it. */
public abstract class FolderContract {

  @TempDir private Path disk;

  /** The folder that lies at a path of the local disk. */
  protected abstract Folder folder(Path path) throws IOException;

  @Test
  void filesAreWrittenListedAndRead() throws IOException {
    Folder folder = folder(disk.resolve("a/b"));
    assertThat(folder.exists()).isFalse();
    assertThat(folder.list()).isEmpty();
    write(folder, "two", 2);
    write(folder, "one", 1);
    write(folder, "one", 3);
    write(folder.child("deep"), "three", 3);
    assertThat(folder.list()).containsExactly("deep", "one", "two");
    assertThat(read(folder, "one")).isEqualTo(3);
    assertThat(disk.resolve("a/b/one")).hasBinaryContent(new byte[] {3});
    assertThat(folder.name()).isEqualTo("b");
    assertThat(folder.path()).endsWith("/a/b").hasToString(folder.toString());
    assertThat(folder.sibling("c").path()).endsWith("/a/c");
    assertThatThrownBy(() -> folder.read("four"))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage("there is no file " + folder.path() + "/four");
  }

  @Test
  void aFolderIsRenamedWholeAndNeverOverAnother() throws IOException {
    Folder part = folder(disk.resolve("part"));
    Folder whole = part.sibling("whole");
    write(part, "x", 7);
    part.renameTo(whole);
    assertThat(part.exists()).isFalse();
    assertThat(read(whole, "x")).isEqualTo(7);
    write(part, "x", 8);
    assertThatThrownBy(() -> part.renameTo(whole)).hasMessageEndingWith("whole is already there");
    assertThat(whole.list()).containsExactly("x");
    whole.delete();
    assertThat(whole.exists()).isFalse();
    whole.delete();
    assertThat(part.list()).containsExactly("x");
  }

  @Test
  void aModelComesBackAndReplacesAnOlderOne() throws IOException {
    Folder place = folder(disk.resolve("deep/model"));
    model("first").save(place);
    model("second").save(place);
    assertThat(SavedModel.load(place)).isEqualTo(model("second"));
    assertThat(folder(disk.resolve("deep")).list()).containsExactly("model");
  }

  @Test
  void whatIsNoModelIsNeitherReadNorReplaced() throws IOException {
    Folder place = folder(disk.resolve("papers"));
    assertThatThrownBy(() -> SavedModel.load(place))
        .isInstanceOf(FileFormatException.class)
        .hasMessage("there is no model " + place.path());
    write(place, "thesis.txt", 1);
    assertThatThrownBy(() -> SavedModel.load(place))
        .hasMessage(place.path() + " is not a model: it has no model.json");
    assertThatThrownBy(() -> model("m").save(place))
        .isInstanceOf(IOException.class)
        .hasMessage(
            place.path() + " holds something else (it has no model.json) and is left alone");
    assertThat(place.list()).containsExactly("thesis.txt");
    assertThat(folder(disk).list()).containsExactly("papers");
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(disk.resolve("file"), "content");
    Folder place = folder(file);
    assertThatThrownBy(place::list)
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("not a folder");
    assertThatThrownBy(() -> SavedModel.load(place)).hasMessage(place.path() + " is not a folder");
    assertThatThrownBy(() -> model("m").save(place)).hasMessage(place.path() + " is not a folder");
    assertThatThrownBy(() -> model("m").save(place.child("model")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write " + place.path() + "/model: ")
        .hasMessageContaining(disk + "/file");
    assertThat(file).hasContent("content");
  }

  @Test
  void whatCannotBeWrittenWholeLeavesTheOlderOne() throws IOException {
    Folder place = folder(disk.resolve("model"));
    model("first").save(place);
    assertThatThrownBy(
            () ->
                SavedFolder.write(
                    place,
                    SavedModel.DESCRIPTION,
                    Map.of(
                        SavedModel.DESCRIPTION,
                        out -> {
                          out.write(new byte[1 << 17]);
                          throw new IOException("enough");
                        })))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write %s: enough", place.path());
    assertThat(SavedModel.load(place)).isEqualTo(model("first"));
    assertThat(folder(disk).list()).containsExactly("model");
  }

  private static SavedModel model(String name) {
    return new SavedModel(
        JsonNodeFactory.instance.objectNode().put("name", name),
        Map.of("x", StoredArray.of(new float[] {1, 2}, 2)),
        Map.of());
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
