package org.syncbn.model;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

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

  static final String FORMAT = "spark-syncbn model";
  static final int VERSION = 4;

  static final JsonMapper JSON =
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
    ObjectNode json = JSON.createObjectNode().put("format", FORMAT).put("version", VERSION);
    json.setAll(description);
    ObjectNode sums = json.putObject("sha256");
    Map<String, SavedFolder.Content> files = new LinkedHashMap<>();
    files.put(WEIGHTS, out -> sums.put(WEIGHTS, write(out, weights)));
    if (!training.isEmpty()) {
      files.put(TRAINING, out -> sums.put(TRAINING, write(out, training)));
    }
    files.put(DESCRIPTION, out -> out.write(JSON.writeValueAsBytes(json))); // knows the sums by now
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
   * Reads a whole folder into memory.
   *
   * @throws FileFormatException in a sentence, if it holds no model, a damaged one, or one that a
   *     newer release wrote
   * @throws IOException if the file system rejects
   */
  public static SavedModel load(Folder folder) throws IOException {
    ModelReader reader = ModelReader.open(folder);
    Map<String, StoredArray> weights = new LinkedHashMap<>();
    reader.weights((name, array) -> weights.put(name, array.copy()));
    Map<String, StoredArray> training = new LinkedHashMap<>();
    if (reader.isCheckpoint()) {
      reader.training((name, array) -> training.put(name, array.copy()));
    }
    return new SavedModel(reader.description(), weights, training);
  }

  /** Writes a file of arrays and returns its SHA-256. */
  private static String write(OutputStream out, Map<String, StoredArray> arrays)
      throws IOException {
    MessageDigest digest = sha256();
    Safetensors.write(new DigestOutputStream(out, digest), arrays);
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
