package org.syncbn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Expected values that others computed: the files of the folder in the system property {@code
 * golden.dir}, or of the class path's {@code /golden} when it is not set.
 */
public final class Golden {

  private Golden() {}

  /** The cases of one file, such as {@code statistics.json}. */
  public static JsonNode cases(String file) {
    String folder = System.getProperty("golden.dir", "");
    try (InputStream in =
        folder.isEmpty()
            ? Golden.class.getResourceAsStream("/golden/" + file)
            : Files.newInputStream(Path.of(folder, file))) {
      return new ObjectMapper().readTree(in).get("cases");
    } catch (IOException e) {
      throw new IllegalStateException("The golden values of " + file + " cannot be read.", e);
    }
  }
}
