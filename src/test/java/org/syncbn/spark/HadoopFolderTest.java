package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.model.Folder;
import org.syncbn.model.FolderContract;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;
import org.syncbn.model.StoredArray;
import org.syncbn.spark.files.DataException;

class HadoopFolderTest extends FolderContract {

  @TempDir private Path disk;

  @Override
  protected Folder folder(Path path) throws IOException {
    return HadoopFolder.at(SmallDisk.at(path), SmallDisk.configuration());
  }

  @AfterEach
  void repair() {
    SmallDisk.free(Long.MAX_VALUE);
    SmallDisk.fix("");
  }

  @Test
  void thePathWithoutASchemeIsOnTheDefaultFileSystem() throws IOException {
    Configuration configuration = SmallDisk.configuration();
    assertThat(HadoopFolder.at("a b/c", configuration).path())
        .isEqualTo(new LocalFolder(Path.of("a b/c")).path());
    assertThat(HadoopFolder.at("file:" + disk, configuration)).isInstanceOf(LocalFolder.class);
    assertThat(HadoopFolder.at("file:" + disk, configuration).path()).isEqualTo(disk.toString());
    configuration.set("fs.defaultFS", "smalldisk:///");
    assertThat(HadoopFolder.at(disk.toString(), configuration).path())
        .isEqualTo(SmallDisk.at(disk));
  }

  @Test
  void anUnknownSchemeIsASentence() {
    assertThatThrownBy(() -> HadoopFolder.at("gopher://host/x", new Configuration()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There is no file system for gopher:; check the path");
  }

  @Test
  void aFullDiskAndARejectedRenameLeaveTheOlderModel() throws IOException {
    Folder place = folder(disk.resolve("model"));
    SavedModel first = model(1);
    first.save(place);
    SmallDisk.free(500);
    assertThatThrownBy(() -> model(100_000).save(place))
        .hasMessage("cannot write %s: No space left on device", place.path());
    SmallDisk.free(Long.MAX_VALUE);
    SmallDisk.fix(".model.part");
    assertThatThrownBy(() -> model(2).save(place))
        .hasMessageStartingWith("cannot write %s: ", place.path())
        .hasMessageContaining("cannot be renamed");
    assertThat(SavedModel.load(place)).isEqualTo(first);
    assertThat(folder(disk).list()).containsExactly("model");
  }

  private static SavedModel model(int size) {
    return new SavedModel(
        com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode(),
        Map.of("x", StoredArray.of(new float[size], size)),
        Map.of());
  }
}
