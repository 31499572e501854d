package io.syncbn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Golden values: the folder in the system property golden.dir, else the copy beside the tests. */
public final class Golden {

  private Golden() {}

  /** The array "cases" of a file. */
  public static JsonNode cases(String file) {
    String folder = System.getProperty("golden.dir", "");
    try (InputStream in =
        folder.isEmpty()
            ? Golden.class.getResourceAsStream("/golden/" + file)
            : Files.newInputStream(Path.of(folder, file))) {
      if (in == null) {
        throw new IllegalStateException("no golden values in /golden/" + file);
      }
      return new ObjectMapper().readTree(in).get("cases");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
