package org.syncbn.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder for generated files: the {@code target} of the build, else the temporary folder. */
public final class WorkFolder {

  private WorkFolder() {}

  /** The folder of this name, which may not be there yet. */
  public static Path named(String name) {
    Path built = builtIn();
    return built.endsWith("target") && Files.isWritable(built)
        ? built.resolve(name)
        : Path.of(
            System.getProperty("java.io.tmpdir"),
            "syncbn-%s-%s".formatted(name, System.getProperty("user.name")));
  }

  /** The folder of the jar or of the classes. */
  static Path builtIn() {
    try {
      URI code = WorkFolder.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return Path.of(code).toAbsolutePath().getParent();
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Path.of("");
    }
  }
}
