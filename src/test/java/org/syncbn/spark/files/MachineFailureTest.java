package org.syncbn.spark.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.VersionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with a machine or with a file as such is a sentence, and no defect. */
class MachineFailureTest {

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(new OutOfMemoryError("Java heap space"), "not enough memory (Java heap space)"),
        arguments(new OutOfMemoryError(), "not enough memory (OutOfMemoryError)"),
        arguments(new StackOverflowError(), "nested too deeply"),
        arguments(new UnsatisfiedLinkError("/tmp/x.so: failed to map"), "/tmp/x.so"),
        arguments(
            new NoClassDefFoundError("Could not initialize class Zstd"), "must allow programs"),
        arguments(new NoSuchMethodError("a.B.c()"), "of another version"),
        arguments(
            new ClassNotFoundException("com.hadoop.Lzo"), "A class is missing (com.hadoop.Lzo)"),
        arguments(new ChecksumException("Checksum error: file:/a.csv", 0), "the .crc file"),
        arguments(new UnknownHostException("namenode"), "The host namenode is not known"),
        arguments(new AccessDeniedException("/a"), "Permission denied for /a."),
        arguments(new NoSuchFileException("/a"), "There is no file or folder /a."),
        arguments(new EOFException(), "truncated or damaged"),
        arguments(new InterruptedException(), "The job was interrupted."),
        arguments(new InterruptedIOException(), "The job was interrupted."),
        arguments(new IOException("No space left on device"), "No space left on device"),
        arguments(
            new FileSystemException("/a", null, "Too many open files"), "/a: Too many open files"),
        arguments(new FileNotFoundException("/a (Permission denied)"), "/a (Permission denied)"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureOfTheMachineIsASentenceHoweverDeepItsCause(Throwable cause, String sentence) {
    IllegalStateException failure =
        new IllegalStateException("wrapped", new RuntimeException("again", cause));

    assertThat(DataException.of(failure)).hasMessageContaining(sentence);
  }

  @Test
  void aDefectOfAProgramStaysOne() {
    NullPointerException defect = new NullPointerException();

    assertThatThrownBy(() -> DataException.of(defect)).isSameAs(defect);
  }

  @ParameterizedTest
  @CsvSource({
    "s3a, org.apache.hadoop:hadoop-aws:",
    "s3, org.apache.hadoop:hadoop-aws:",
    "abfs, org.apache.hadoop:hadoop-azure:",
    "wasbs, org.apache.hadoop:hadoop-azure:",
  })
  void aFileSystemThatIsNotThereIsNamedWithThePackageOfThisHadoop(String scheme, String packages) {
    assertThatThrownBy(() -> FileSystems.of(new Path(scheme + "://a/b"), new Configuration()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("--packages " + packages + VersionInfo.getVersion());
  }

  @Test
  void aFileSystemThatNobodyKnowsIsNamedToo() {
    assertThatThrownBy(() -> FileSystems.of(new Path("gs://a/b"), new Configuration()))
        .hasMessageContaining("--packages com.google.cloud.bigdataoss:gcs-connector:");
    assertThatThrownBy(() -> FileSystems.of(new Path("nope://a/b"), new Configuration()))
        .hasMessageStartingWith("There is no file system for nope:;");
  }

  @Test
  void ofTwoCausesTheOneOfTheMachineCounts() {
    UncheckedIOException failure =
        new UncheckedIOException(
            new IOException("reading", new UnknownHostException("h: Name or service not known")));

    assertThat(DataException.of(failure)).hasMessageContaining("The host h is not known");
  }
}
