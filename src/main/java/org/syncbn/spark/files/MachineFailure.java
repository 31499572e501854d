package org.syncbn.spark.files;

import java.io.EOFException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.util.VersionInfo;
import org.xerial.snappy.SnappyError;

/**
 * What is wrong with the machine, or with a file as such, in sentences: libraries report it by the
 * types of their exceptions, with messages that say little.
 */
final class MachineFailure {

  private static final String HADOOP = VersionInfo.getVersion();

  /** Packages with the file systems that Spark does not bring, by scheme. */
  private static final Map<String, String> PACKAGES =
      Map.of(
          "s3a", "org.apache.hadoop:hadoop-aws:" + HADOOP,
          "gs", "com.google.cloud.bigdataoss:gcs-connector:3.1.7",
          "abfs", "org.apache.hadoop:hadoop-azure:" + HADOOP,
          "abfss", "org.apache.hadoop:hadoop-azure:" + HADOOP,
          "wasb", "org.apache.hadoop:hadoop-azure:" + HADOOP,
          "wasbs", "org.apache.hadoop:hadoop-azure:" + HADOOP,
          "adl", "org.apache.hadoop:hadoop-azure-datalake:" + HADOOP,
          "oss", "org.apache.hadoop:hadoop-aliyun:" + HADOOP,
          "cosn", "org.apache.hadoop:hadoop-cos:" + HADOOP);

  private MachineFailure() {}

  /** The sentence on a failure that the machine or a file has caused. */
  static Optional<String> sentence(FailureChain chain) {
    return chain.links().stream()
        .flatMap(link -> sentence(link).stream())
        .findFirst()
        .or(() -> chain.first(LinkageError.class).map(MachineFailure::otherVersion));
  }

  private static Optional<String> sentence(Throwable link) {
    String message = Optional.ofNullable(link.getMessage()).orElse("").strip();
    String sentence = null;
    if (link instanceof OutOfMemoryError) {
      sentence =
          "There is not enough memory (%s); set spark.driver.memory for a local master, spark.executor.memory for others, to more."
              .formatted(named(link, message));
    } else if (link instanceof StackOverflowError) {
      sentence =
          "The data or the columns are nested too deeply for the stack of a thread; allow more with"
              + " --conf spark.driver.extraJavaOptions=-Xss16m, for a cluster also"
              + " spark.executor.extraJavaOptions.";
    } else if (link instanceof ChecksumException) {
      sentence =
          "%s; the file or the .crc file beside it is damaged: copy both again, or delete the .crc file if the data file was changed on purpose."
              .formatted(named(link, message));
    } else if (link instanceof UnknownHostException) {
      sentence =
          "The host %s is not known here; check its name in the path or in the settings of Hadoop, and the network."
              .formatted(message.split(":", 2)[0]);
    } else if (isNativeCode(link)) {
      sentence =
          "A library's native code cannot be loaded (%s); the temporary folder must allow programs: name another with --conf spark.driver.extraJavaOptions=-Djava.io.tmpdir=FOLDER."
              .formatted(named(link, message));
    } else if (link instanceof ClassNotFoundException) {
      sentence =
          "A class is missing (%s); if it belongs to a file system, a codec or a connector, add its jar with --packages or --jars."
              .formatted(message);
    } else if (link instanceof AccessDeniedException denied) {
      sentence = "Permission denied for %s.".formatted(denied.getFile());
    } else if (link instanceof NoSuchFileException missing) {
      sentence = "There is no file or folder %s.".formatted(missing.getFile());
    } else if (link instanceof InterruptedException
        || link instanceof InterruptedIOException
        || link instanceof ClosedByInterruptException) {
      sentence = "The job was interrupted.";
    } else if (link instanceof EOFException) {
      sentence = "The data end too early: a file is truncated or damaged.";
    }
    return Optional.ofNullable(sentence);
  }

  private static String otherVersion(LinkageError link) {
    return "Spark or one of its jars is of another version than this program was built for (%s)."
        .formatted(link);
  }

  /** Whether native code could not be loaded, for the first time or again. */
  private static boolean isNativeCode(Throwable link) {
    return link instanceof UnsatisfiedLinkError
        || link instanceof SnappyError
        || (link instanceof ExceptionInInitializerError || link instanceof NoClassDefFoundError)
            && link.getCause() == null;
  }

  private static String named(Throwable link, String message) {
    return message.isEmpty() ? link.getClass().getSimpleName() : message;
  }

  /** What to do about a scheme whose file system is not there. */
  static String missingFileSystem(String scheme) {
    if (scheme.equals("s3") || scheme.equals("s3n")) {
      return "There is no file system for %s:; Hadoop calls it s3a: (and --packages %s brings it)."
          .formatted(scheme, PACKAGES.get("s3a"));
    }
    return Optional.ofNullable(PACKAGES.get(scheme))
        .map(
            name ->
                "The file system for %s: is not among Spark's jars; add it with --packages %s."
                    .formatted(scheme, name))
        .orElse(
            "There is no file system for %s:; check the path, or add the jar of that file system with --packages or --jars."
                .formatted(scheme));
  }
}
