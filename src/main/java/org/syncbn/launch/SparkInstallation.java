package org.syncbn.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An installation of Spark on this machine.
 *
 * @param home its folder
 */
record SparkInstallation(Path home) {

  private static final Pattern CORE = Pattern.compile("spark-core_[0-9.]+-([0-9].*)\\.jar");
  private static final Pattern RELEASE = Pattern.compile("Spark ([0-9]\\S*).*", Pattern.DOTALL);
  private static final Pattern SERIES = Pattern.compile("([0-9]+\\.[0-9]+).*");

  /** The version that the jars of this JVM are of, which the program was compiled for. */
  static String versionOfBuild() {
    try (InputStream in =
        SparkInstallation.class.getResourceAsStream("/spark-version-info.properties")) {
      Properties info = new Properties();
      info.load(in);
      return info.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version, if the installation has jars or a note of its release. */
  Optional<String> version() {
    try {
      if (Files.isDirectory(home.resolve("jars"))) {
        try (Stream<Path> jars = Files.list(home.resolve("jars"))) {
          Optional<String> found =
              jars.map(jar -> CORE.matcher(jar.getFileName().toString()))
                  .filter(Matcher::matches)
                  .map(matcher -> matcher.group(1))
                  .findFirst();
          if (found.isPresent()) {
            return found;
          }
        }
      }
      Path release = home.resolve("RELEASE");
      return Files.exists(release)
          ? Optional.of(RELEASE.matcher(Files.readString(release)))
              .filter(Matcher::matches)
              .map(matcher -> matcher.group(1))
          : Optional.empty();
    } catch (IOException e) {
      throw LaunchException.failure("Cannot read SPARK_HOME: " + e + ".");
    }
  }

  /**
   * Throws if this is another minor version, such as 4.1: classes of Spark that a job calls change
   * between them.
   */
  void requireSeriesOf(String version) {
    Optional<String> own = version();
    if (own.isPresent() && !series(own.get()).equals(series(version))) {
      throw LaunchException.failure(
          "SPARK_HOME is %s, which is Spark %s, but this program was built for Spark %s; set SPARK_HOME to a Spark %s, or unset it to use the Spark that comes with the build."
              .formatted(home, own.get(), version, series(version)));
    }
  }

  private static String series(String version) {
    Matcher matcher = SERIES.matcher(version);
    return matcher.matches() ? matcher.group(1) : version;
  }

  /**
   * The settings in a file, read as Spark reads them: between key and value stands a blank, a tab,
   * {@code =} or {@code :}, and blanks around a value do not count. Empty if there is no such file.
   */
  static Map<String, String> settings(Path file) {
    Map<String, String> settings = new HashMap<>();
    if (!Files.exists(file)) {
      return settings;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw LaunchException.failure("Cannot read the settings in %s: %s.".formatted(file, e));
    }
    properties
        .stringPropertyNames()
        .forEach(key -> settings.put(key, properties.getProperty(key).strip()));
    return settings;
  }
}
