package org.syncbn.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * A folder that {@link SavedModel#save} wrote, being read: first what it is, then its arrays, one
 * after the other, so that they need not be in memory at once. Not thread-safe.
 */
public final class ModelReader {

  /** Its runs took the columns of tables as they are, and held out no test rows. */
  private static final int VERSION_OF_RAW_TABLES = 2;

  private static final Set<String> TABLES =
      Set.of("parquet", "orc", "csv", "json", "libsvm", "delta", "iceberg", "table", "dataset");

  private final Folder folder;
  private final List<String> files;
  private final ObjectNode description;
  private final JsonNode sums;

  private ModelReader(Folder folder, List<String> files, ObjectNode description, JsonNode sums) {
    this.folder = folder;
    this.files = files;
    this.description = description;
    this.sums = sums;
  }

  /**
   * Opens a folder.
   *
   * @throws FileFormatException in a sentence, if it holds no model, or one that a newer release
   *     wrote
   * @throws IOException if the file system rejects
   */
  public static ModelReader open(Folder folder) throws IOException {
    if (!folder.exists()) {
      throw new FileFormatException("there is no model " + folder.path());
    }
    List<String> files = folder.list();
    if (!files.contains(SavedModel.DESCRIPTION)) {
      throw new FileFormatException(
          folder.path() + " is not a model: it has no " + SavedModel.DESCRIPTION);
    }
    ObjectNode json = description(folder);
    JsonNode sums = json.path("sha256");
    json.remove(List.of("sha256", "format", "version"));
    return new ModelReader(folder, files, json, sums);
  }

  /** The path of the folder, for sentences. */
  public String path() {
    return folder.path();
  }

  /** What the model is, as in {@link SavedModel#description}. */
  public ObjectNode description() {
    return description;
  }

  /** Whether there is a state to resume training from. */
  public boolean isCheckpoint() {
    return files.contains(SavedModel.TRAINING);
  }

  /**
   * Reads weights and running statistics.
   *
   * @throws FileFormatException in a sentence, if the file is missing, damaged or another one; the
   *     receiver may have taken its arrays by then
   * @throws IOException if the file system rejects
   */
  public void weights(Safetensors.Receiver receiver) throws IOException {
    read(SavedModel.WEIGHTS, receiver);
  }

  /**
   * Reads the state to resume training from.
   *
   * @throws FileFormatException as in {@link #weights}
   * @throws IOException if the file system rejects
   */
  public void training(Safetensors.Receiver receiver) throws IOException {
    read(SavedModel.TRAINING, receiver);
  }

  private void read(String file, Safetensors.Receiver receiver) throws IOException {
    String path = folder.path() + "/" + file;
    MessageDigest digest = SavedModel.sha256();
    try (InputStream in = new DigestInputStream(folder.read(file), digest)) {
      Safetensors.read(in, path, receiver);
    } catch (NoSuchFileException e) {
      throw new FileFormatException(folder.path() + " is incomplete: it has no " + file, e);
    }
    if (!sums.path(file).asText().equals(HexFormat.of().formatHex(digest.digest()))) {
      throw new FileFormatException(
          "%s is not the file that %s was written with: its SHA-256 differs"
              .formatted(path, SavedModel.DESCRIPTION));
    }
  }

  private static ObjectNode description(Folder folder) throws IOException {
    String name = folder.path() + "/" + SavedModel.DESCRIPTION;
    JsonNode json;
    try (InputStream in = folder.read(SavedModel.DESCRIPTION)) {
      json = SavedModel.JSON.readTree(in);
    } catch (JsonProcessingException e) {
      throw new FileFormatException(name + " is damaged or not JSON: " + e.getOriginalMessage(), e);
    }
    if (!json.isObject() || !json.path("format").asText().equals(SavedModel.FORMAT)) {
      throw new FileFormatException(name + " does not describe a model of this program");
    }
    int version = json.path("version").asInt(-1);
    if (version == VERSION_OF_RAW_TABLES) {
      complete((ObjectNode) json);
    } else if (version < VERSION_OF_RAW_TABLES || version > SavedModel.VERSION) {
      throw new FileFormatException(
          "%s has version %s; this release reads versions %d to %d"
              .formatted(name, json.path("version"), VERSION_OF_RAW_TABLES, SavedModel.VERSION));
    }
    return (ObjectNode) json;
  }

  /** Sets what a run file had no keys for when the model was written. */
  private static void complete(ObjectNode json) {
    if (json.path("data") instanceof ObjectNode data) {
      data.put("standardize", false);
      if (TABLES.contains(data.path("format").asText())) {
        data.put("test", "none");
      }
    }
  }
}
