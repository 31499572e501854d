package org.syncbn.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.spark.SparkConf;
import org.syncbn.spark.internals.Settings;

/**
 * Checks the driver's machine before Spark starts: repairs what it can, and reports the rest in one
 * sentence. Spark would end the JVM, or print stack traces.
 */
final class DriverMachine {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String UMASK = "Umask:";
  private static final String HADOOP_UMASK = "fs.permissions.umask-mode";
  private static final String HADOOP_DEFAULTS = "core-default.xml";

  private DriverMachine() {}

  /**
   * Readies the machine for a session.
   *
   * @throws JobFailure if nothing can be stored in the folders for temporary files, or the master
   *     needs a user with a name
   */
  static void ready(SparkConf settings) {
    if (!nameUser() && settings.get("spark.master").startsWith("local-cluster")) {
      throw new JobFailure(
          ("The user id of this process has no name, which the executors of %s need; use the"
                  + " master local[*], or add the id to /etc/passwd.")
              .formatted(settings.get("spark.master")));
    }
    requireTemporaryFolder();
    requireLocalFolders(Settings.localFolders(settings));
    NativeLibraries.findFolder(settings);
    ClassArchive.share(settings);
  }

  /**
   * Gives Hadoop a user, where the id of this process has no name to log in with.
   *
   * @return whether the id has a name
   */
  static boolean nameUser() {
    try {
      UserGroupInformation.getCurrentUser();
      return true;
    } catch (IOException nameless) {
      if (UserGroupInformation.isSecurityEnabled()) {
        throw new JobFailure("Cannot log in: %s.".formatted(nameless.getMessage()), nameless);
      }
      UserGroupInformation.setLoginUser(
          UserGroupInformation.createRemoteUser(System.getProperty("user.name")));
      return false;
    }
  }

  /**
   * Makes Hadoop's file systems obey the umask of this process, unless a umask is set for them. By
   * themselves they give files the permissions for 022.
   */
  static void obeyUmask(SparkConf settings) {
    umask().ifPresent(umask -> settings.setIfMissing("spark.hadoop." + HADOOP_UMASK, umask));
  }

  /** The umask in octal digits, where the system and Hadoop's own files of settings leave it. */
  private static Optional<String> umask() {
    String[] sources = new Configuration().getPropertySources(HADOOP_UMASK);
    if (sources != null && !List.of(sources).contains(HADOOP_DEFAULTS)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(UMASK))
          .map(line -> line.substring(UMASK.length()).strip())
          .findFirst();
    } catch (IOException notLinux) {
      return Optional.empty();
    }
  }

  private static void requireTemporaryFolder() {
    String folder = System.getProperty("java.io.tmpdir");
    whyNotWritable(Path.of(folder))
        .ifPresent(
            reason -> {
              throw new JobFailure(
                  "The temporary folder %s cannot be used: %s; name another with --conf spark.driver.extraJavaOptions=-Djava.io.tmpdir=FOLDER."
                      .formatted(folder, reason));
            });
  }

  /** Fails to start where Spark finds no folder for shuffles and for what memory cannot hold. */
  static void requireLocalFolders(List<String> folders) {
    List<String> reasons = new ArrayList<>();
    for (String folder : folders) {
      Optional<String> reason = whyNotWritable(Path.of(folder.strip()));
      if (reason.isEmpty()) {
        return; // Spark passes over the others
      }
      reasons.add(folder + " (" + reason.get() + ")");
    }
    throw new JobFailure(
        "Spark's local folder cannot be used: %s; name another with the variable SPARK_LOCAL_DIRS, or else with --conf spark.local.dir=FOLDER."
            .formatted(String.join(", ", reasons)));
  }

  private static Optional<String> whyNotWritable(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempDirectory(folder, "syncbn-"));
      return Optional.empty();
    } catch (AccessDeniedException e) {
      return Optional.of("permission denied");
    } catch (FileAlreadyExistsException e) {
      return Optional.of("it is not a folder");
    } catch (NoSuchFileException e) {
      return Optional.of("it cannot be created");
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
