package org.syncbn.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A folder with a model: {@value #DESCRIPTION} says what it is, {@value #WEIGHTS} holds weights and
 * running statistics under PyTorch-like names, and a checkpoint adds {@value #TRAINING}.
 *
 * <p>The description names a format, its version and the SHA-256 of the other files, so a damaged,
 * mixed or foreign folder is rejected. The folder appears whole or not at all.
 *
 * @param description everything that {@value #DESCRIPTION} says beside format, version and sums
 * @param weights named arrays
 * @param training the state to resume training from, such as the optimizer's arrays; empty in a
 *     model that is not a checkpoint
 */
public record SavedModel(
    ObjectNode description, Map<String, StoredArray> weights, Map<String, StoredArray> training) {

  /** The file that describes the model. */
  public static final String DESCRIPTION = "model.json";

  /** The file of weights and running statistics. */
  public static final String WEIGHTS = "model.safetensors";

  /** The file of the training state, in checkpoints. */
  public static final String TRAINING = "training.safetensors";

  private static final String FORMAT = "spark-syncbn model";
  private static final int VERSION = 4;

  /** Its runs took the columns of tables as they are, and held out no test rows. */
  private static final int VERSION_OF_RAW_TABLES = 2;

  private static final Set<String> TABLES =
      Set.of("parquet", "orc", "csv", "json", "libsvm", "delta", "iceberg", "table", "dataset");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * Writes the folder, in the place of an older model if there is one.
   *
   * @throws IOException if something that is not a model is in the place, or the file system
   *     rejects; what was there is there still
   */
  public void save(Folder folder) throws IOException {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    contents.put(WEIGHTS, bytes(weights));
    if (!training.isEmpty()) {
      contents.put(TRAINING, bytes(training));
    }
    ObjectNode json = JSON.createObjectNode().put("format", FORMAT).put("version", VERSION);
    json.setAll(description);
    ObjectNode sums = json.putObject("sha256");
    contents.forEach((name, content) -> sums.put(name, sha256(content)));
    contents.put(DESCRIPTION, JSON.writeValueAsBytes(json));
    Map<String, SavedFolder.Content> files = new LinkedHashMap<>();
    contents.forEach((name, content) -> files.put(name, out -> out.write(content)));
    SavedFolder.write(folder, DESCRIPTION, files);
  }

  /**
   * Checks, before anything is computed, that a model may be saved in a place.
   *
   * @throws IOException in the sentence of {@link #save}
   */
  public static void requireWritable(Folder folder) throws IOException {
    SavedFolder.requireWritable(folder, DESCRIPTION);
  }

  /**
   * Checks that no model would be replaced.
   *
   * @throws IOException in a sentence, if there is one
   */
  public static void requireNone(Folder folder) throws IOException {
    if (folder.list().contains(DESCRIPTION)) {
      throw new IOException(
          "the model %s exists; choose another path, or replace it with --overwrite"
              .formatted(folder.path()));
    }
  }

  /**
   * Reads a folder.
   *
   * @throws FileFormatException in a sentence, if it holds no model, a damaged one, or one that a
   *     newer release wrote
   * @throws IOException if the file system rejects
   */
  public static SavedModel load(Folder folder) throws IOException {
    if (!folder.exists()) {
      throw new FileFormatException("there is no model " + folder.path());
    }
    if (!folder.list().contains(DESCRIPTION)) {
      throw new FileFormatException(folder.path() + " is not a model: it has no " + DESCRIPTION);
    }
    ObjectNode json = description(folder);
    JsonNode sums = json.remove("sha256");
    json.remove("format");
    json.remove("version");
    Map<String, StoredArray> training =
        folder.list().contains(TRAINING) ? arrays(folder, TRAINING, sums) : Map.of();
    return new SavedModel(json, arrays(folder, WEIGHTS, sums), training);
  }

  private static ObjectNode description(Folder folder) throws IOException {
    String name = folder.path() + "/" + DESCRIPTION;
    JsonNode json;
    try (InputStream in = folder.read(DESCRIPTION)) {
      json = JSON.readTree(in);
    } catch (JsonProcessingException e) {
      throw new FileFormatException(name + " is damaged or not JSON: " + e.getOriginalMessage(), e);
    }
    if (!json.isObject() || !json.path("format").asText().equals(FORMAT)) {
      throw new FileFormatException(name + " does not describe a model of this program");
    }
    int version = json.path("version").asInt(-1);
    if (version == VERSION_OF_RAW_TABLES) {
      complete((ObjectNode) json);
    } else if (version < VERSION_OF_RAW_TABLES || version > VERSION) {
      throw new FileFormatException(
          "%s has version %s; this release reads versions %d to %d"
              .formatted(name, json.path("version"), VERSION_OF_RAW_TABLES, VERSION));
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

  private static Map<String, StoredArray> arrays(Folder folder, String file, JsonNode sums)
      throws IOException {
    byte[] content;
    try (InputStream in = folder.read(file)) {
      content = in.readAllBytes();
    } catch (NoSuchFileException e) {
      throw new FileFormatException(folder.path() + " is incomplete: it has no " + file, e);
    }
    String path = folder.path() + "/" + file;
    Map<String, StoredArray> arrays = Safetensors.read(new ByteArrayInputStream(content), path);
    if (sums == null || !sums.path(file).asText().equals(sha256(content))) {
      throw new FileFormatException(
          path + " is not the file that " + DESCRIPTION + " was written with: its SHA-256 differs");
    }
    return arrays;
  }

  private static byte[] bytes(Map<String, StoredArray> arrays) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, arrays);
    return out.toByteArray();
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
