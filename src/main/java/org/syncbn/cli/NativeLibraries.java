package org.syncbn.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;

/**
 * Where libraries unpack their native code: Zstandard and Snappy for files, OpenBLAS for matrices.
 *
 * <p>They take the temporary folder, from which a hardened system runs nothing ({@code noexec}).
 */
final class NativeLibraries {

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** The properties by which the libraries take another folder. */
  private static final List<String> FOLDERS =
      List.of("ZstdTempFolder", "org.xerial.snappy.tempdir", "org.bytedeco.javacpp.cachedir");

  private NativeLibraries() {}

  /**
   * Gives the libraries another folder where the temporary one forbids programs: in this JVM, and
   * in executors on this machine.
   *
   * @throws JobFailure if there is none
   */
  static void findFolder(SparkConf settings) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    if (!forbidsPrograms(temporary)) {
      return;
    }
    Path folder =
        Stream.of(
                WorkFolder.builtIn(),
                Path.of(System.getProperty("user.home")),
                Path.of("/var/tmp"),
                Path.of("/dev/shm"))
            .filter(candidate -> Files.isDirectory(candidate) && Files.isWritable(candidate))
            .filter(candidate -> !forbidsPrograms(candidate))
            .findFirst()
            .orElseThrow(
                () ->
                    new JobFailure(
                        "The temporary folder %s forbids programs (noexec), so that the libraries for compressed files cannot be loaded; name another with --conf spark.driver.extraJavaOptions=-Djava.io.tmpdir=FOLDER."
                            .formatted(temporary)));
    StringBuilder options = new StringBuilder();
    for (String property : FOLDERS) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, folder.toString());
        options.append(" \"-D").append(property).append('=').append(folder).append('"');
      }
    }
    LocalExecutors.addOptions(settings, options.toString().strip());
  }

  private static boolean forbidsPrograms(Path folder) {
    try {
      return forbidsPrograms(folder.toRealPath(), Files.readAllLines(MOUNTS));
    } catch (IOException unknown) { // no such folder, or a system that does not tell
      return false;
    }
  }

  /**
   * Whether the file system that holds a folder is mounted so that it runs no programs.
   *
   * @param mounts lines of {@code /proc/self/mountinfo}; the last of equal places counts
   */
  static boolean forbidsPrograms(Path folder, List<String> mounts) {
    Optional<String> options = Optional.empty();
    int depth = -1;
    for (String line : mounts) {
      String[] fields = line.split(" "); // id, parent, device, root, place, options, ...
      Path place = Path.of(fields[4].replace("\\040", " "));
      if (folder.startsWith(place) && place.getNameCount() >= depth) {
        depth = place.getNameCount();
        options = Optional.of(fields[5]);
      }
    }
    return options.map(words -> List.of(words.split(",")).contains("noexec")).orElse(false);
  }
}
