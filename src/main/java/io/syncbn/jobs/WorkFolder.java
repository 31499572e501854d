package io.syncbn.jobs;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where generated files go: below the project's {@code target}, elsewhere below the temp folder.
 */
final class WorkFolder {

  private WorkFolder() {}

  static Path named(String name) {
    Path target = Path.of("target").toAbsolutePath();
    return Files.isDirectory(target) && Files.exists(target.resolveSibling("pom.xml"))
        ? target.resolve(name)
        : Path.of(
            System.getProperty("java.io.tmpdir"),
            "syncbn-%s-%s".formatted(name, System.getProperty("user.name")));
  }
}
