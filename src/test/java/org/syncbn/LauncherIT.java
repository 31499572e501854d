package org.syncbn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the scripts in {@code jobs/} hand to {@code spark-submit}, and what they hand back. */
class LauncherIT {

  private static final Path JOBS = Path.of(System.getProperty("launcher.folder"));

  /** As the tests themselves run. */
  private static final String QUICK_TO_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private String submitOptions = QUICK_TO_START;

  @TempDir Path folder;

  /** A Spark home whose {@code spark-submit} only tells how it was called. */
  private Path sparkHome;

  /** Instead of that of the tests, if any. */
  private Path javaHome;

  private String locale;

  private record Outcome(int exitCode, List<String> out, String err) {}

  @BeforeEach
  void makeSparkHome() throws IOException {
    sparkHome = Files.createDirectories(folder.resolve("Spark home"));
    Files.createDirectories(sparkHome.resolve("conf"));
    script(
        sparkHome.resolve("bin/spark-submit"),
        """
        echo "loopback: ${SPARK_LOCAL_IP:-no}"
        echo "properties: $(basename "$2")"
        printf '%s\\n' "$@"
        exit 42
        """);
  }

  @Test
  void argumentsAndTheExitCodePassThroughUnchanged() throws Exception {
    Outcome outcome = run(JOBS.resolve("normalize"), "--input", "a  b", "", "*", "--help");

    assertThat(outcome.exitCode).isEqualTo(42);
    assertThat(outcome.err).isEmpty();
    assertThat(outcome.out).endsWith("normalize", "--input", "a  b", "", "*", "--help");
  }

  @Test
  void aLauncherMayBeALinkAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("my bench"), JOBS.resolve("bench"));

    assertThat(run(link, "normalize").out).endsWith("bench", "normalize");
  }

  @Test
  void aLocalMasterListensOnTheLoopbackAddressOnly() throws Exception {
    for (List<String> master :
        List.of(
            List.<String>of(),
            List.of("--master", "local[2]"),
            List.of("--master=local-cluster[2,1,1024]"))) {
      assertThat(run(JOBS.resolve("normalize"), master.toArray(String[]::new)).out)
          .startsWith("loopback: 127.0.0.1", "properties: spark-defaults.conf");
    }
  }

  @Test
  void whereNobodyNamesAMasterATaskHasFourTries() throws Exception {
    assertThat(run(JOBS.resolve("normalize")).out)
        .containsSubsequence("--master", "local[2,4]", "--class");
    assertThat(run(JOBS.resolve("normalize"), "--input", "x").out)
        .containsSubsequence("--master", "local[*,4]", "--class");
    assertThat(run(JOBS.resolve("train")).out)
        .containsSubsequence("--master", "local[*,4]", "--class");
  }

  @Test
  void aMasterThatSparkDoesNotKnowIsASentenceInsteadOfItsStackTrace() throws Exception {
    for (String master : List.of("foo", "local[2", "mesos://host:5050", "host:7077")) {
      for (String[] arguments :
          new String[][] {{"--master", master}, {"--conf", "spark.master=" + master}}) {
        Outcome outcome = run(JOBS.resolve("train"), arguments);
        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err)
            .startsWith("error: a Spark master is local, local[n], ")
            .contains("not '" + master + "'")
            .hasLineCount(1);
      }
    }
    for (String master : List.of("local", "spark://host:7077", "yarn", "k8s://https://host:6443")) {
      assertThat(run(JOBS.resolve("train"), "--master", master).exitCode).isEqualTo(42);
    }
  }

  @Test
  void aJobRunsFromItsLauncherToItsResult() throws Exception {
    sparkHome = null;
    Path csv = Files.writeString(folder.resolve("d.csv"), "x\n1\n3\n");
    Path report = folder.resolve("report.json");
    Outcome outcome =
        run(
            JOBS.resolve("normalize"),
            "--input",
            csv.toString(),
            "--output",
            folder.resolve("normalized").toString(),
            "--verify",
            "--report",
            report.toString());

    assertThat(outcome.exitCode).as(outcome.err).isZero();
    assertThat(outcome.out).first().asString().startsWith("Read 2 rows from 1 file.");
    assertThat(outcome.err).doesNotContain("error", "ERROR", "Exception");
    assertThat(Files.readString(report)).contains("local[*,4]");
  }

  @Test
  void aJobStartsFromAnArchiveOfClassesThatTheFirstJobMade() throws Exception {
    sparkHome = null;
    Path csv = Files.writeString(folder.resolve("a.csv"), "x\n1\n3\n");
    for (String options : List.of("", " -Xshare:on")) { // without an archive that fits, this fails
      submitOptions = QUICK_TO_START + options;
      Outcome outcome = run(JOBS.resolve("normalize"), "--input", csv.toString());
      assertThat(outcome.exitCode).as(outcome.err).isZero();
    }
  }

  @Tag("full")
  @Test
  void sigtermToALauncherEndsTrainingAfterItsStepWithACheckpointToResumeFrom() throws Exception {
    sparkHome = null;
    String[] settings = {
      "--set", "network=[{dense=16},batchNorm,relu,{dense=10}]",
      "--set", "data={generatedRows=300,generatedTestRows=50}",
      "--set", "training={epochs=1000000,batchSize=64}",
      "--model", "model",
      "--checkpoint", "state",
      "--engine", "gang",
      "--master", "local[2]"
    };
    Process process =
        builder(JOBS.resolve("train"), settings)
            .redirectError(ProcessBuilder.Redirect.PIPE)
            .start();
    List<String> rest;
    try (BufferedReader err = process.errorReader()) {
      String line = "";
      while (!line.startsWith("epoch 1/")) {
        line = err.readLine();
        assertThat(line).as("the run ended").isNotNull();
      }
      new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
      rest = err.lines().toList();
    }

    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(rest)
        .last()
        .asString()
        .matches("stopped by SIGTERM after step \\d+: the same command with --resume continues .*");
    assertThat(folder.resolve("model")).doesNotExist();
    assertThat(folder.resolve("state")).isNotEmptyDirectory();
  }

  @Test
  void aRealClusterIsKnownByTheArgumentOrByTheDefaultsOrTheEnvironmentOfItsHome() throws Exception {
    String[] expected = {"loopback: no", "properties: spark-cluster.conf"};

    assertThat(run(JOBS.resolve("normalize"), "--master", "yarn").out).startsWith(expected);
    assertThat(run(JOBS.resolve("normalize"), "--conf", "spark.master=yarn").out)
        .startsWith(expected);
    Path defaults = sparkHome.resolve("conf/spark-defaults.conf");
    Files.writeString(defaults, "spark.master : yarn \n");
    assertThat(run(JOBS.resolve("normalize")).out)
        .startsWith(expected)
        .containsSubsequence("--master", "yarn", "--class");
    Files.delete(defaults);
    Files.writeString(sparkHome.resolve("conf/spark-env.sh"), "MASTER=yarn\n");
    assertThat(run(JOBS.resolve("normalize")).out)
        .startsWith(expected)
        .containsSubsequence("--master", "yarn", "--class");
  }

  @Test
  void aSparkHomeThatIsGoneIsASentence() throws Exception {
    sparkHome = folder.resolve("gone");
    Outcome outcome = run(JOBS.resolve("normalize"));

    assertThat(outcome.exitCode).isEqualTo(1);
    assertThat(outcome.err)
        .startsWith("error: SPARK_HOME is " + sparkHome + ", where there is no bin/spark-submit; ")
        .hasLineCount(1);
  }

  @Test
  void aJavaThatIsTooOldOrNotThereIsASentence() throws Exception {
    Path java = folder.resolve("jdk/bin/java");
    script(java, "echo 'openjdk version \"1.8.0_412\"' >&2\n");
    javaHome = java.getParent().getParent();
    for (String launcher : List.of("normalize", "lib/spark-submit")) {
      Outcome outcome = run(JOBS.resolve(launcher));
      assertThat(outcome.exitCode).isEqualTo(1);
      assertThat(outcome.err)
          .startsWith("error: Java 17 or later is needed, but %s is Java 8; ".formatted(java))
          .hasLineCount(1);
    }
    Files.delete(java);
    assertThat(run(JOBS.resolve("normalize")).err)
        .startsWith("error: Java 17 or later is needed, but there is no %s; ".formatted(java))
        .hasLineCount(1);
  }

  @Test
  void inThePosixLocaleNamesAreReadAsUtf8AndTheUmaskHoldsForEveryFile() throws Exception {
    assumeThat(System.getProperty("sun.jnu.encoding")).isEqualTo("UTF-8"); // to make the file
    sparkHome = null;
    locale = "C";
    Path csv = Files.createDirectory(folder.resolve("daten")).resolve("größen.csv");
    Files.writeString(csv, "größe,x\n1,5\n3,7\n");
    Path work = Files.createDirectory(folder.resolve("work"));
    ProcessBuilder job =
        builder(
            Path.of("/bin/sh"),
            "-c",
            "umask 077; exec \"$0\" normalize --input \"$1\" --columns größe --output \"$2\""
                + " --statistics \"$3\"",
            JOBS.resolve("lib/launch").toString(),
            csv.toString(),
            work.resolve("größen-neu.csv").toString(),
            work.resolve("statistik.json").toString());

    int exitCode = job.start().waitFor();

    assertThat(exitCode).as(Files.readString(folder.resolve("err"))).isZero();
    assertThat(Files.readString(work.resolve("statistik.json"))).contains("größe");
    try (Stream<Path> files = Files.walk(work).skip(1)) {
      assertThat(files)
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .endsWith("------"));
    }
  }

  @Test
  void tooFewOpenFilesAreASentence() throws Exception {
    Outcome outcome =
        run(
            Path.of("/usr/bin/env"),
            "bash",
            "-c",
            "ulimit -n 64; exec '%s'".formatted(JOBS.resolve("normalize")));
    assertThat(outcome.exitCode).isEqualTo(1);
    assertThat(outcome.err)
        .isEqualTo(
            "error: Spark needs 512 open files, but this shell allows 64; raise the limit (ulimit"
                + " -n).\n");
  }

  @Test
  void sparkSubmitLearnsWhatMustBeKnownBeforeTheDriverStarts() throws Exception {
    assertThat(
            run(
                    JOBS.resolve("normalize"),
                    "--master=yarn",
                    "--conf",
                    "spark.driver.memory=9g",
                    "--conf",
                    "not a setting")
                .out)
        .containsSubsequence(
            List.of("--master", "yarn", "--conf", "spark.driver.memory=9g", "--class"))
        .endsWith(
            "normalize",
            "--master",
            "yarn",
            "--conf",
            "spark.driver.memory=9g",
            "--conf",
            "not a setting");
  }

  @Test
  void withoutASparkHomeTheJarsOfMavenRunSparkSubmit() throws Exception {
    sparkHome = null;
    Outcome outcome = run(JOBS.resolve("lib/spark-submit"), "--version");

    assertThat(outcome.exitCode).isZero();
    assertThat(outcome.out).isEmpty();
    assertThat(outcome.err)
        .contains("version " + org.apache.spark.package$.MODULE$.SPARK_VERSION());
  }

  private Outcome run(Path launcher, String... arguments) throws Exception {
    int exitCode = builder(launcher, arguments).start().waitFor();
    return new Outcome(
        exitCode,
        Files.readAllLines(folder.resolve("out")),
        Files.readString(folder.resolve("err")));
  }

  private ProcessBuilder builder(Path launcher, String... arguments) {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("SPARK_") || name.equals("MASTER"));
    builder.environment().put("SPARK_SUBMIT_OPTS", submitOptions);
    if (javaHome != null) {
      builder.environment().put("JAVA_HOME", javaHome.toString());
    }
    if (locale != null) {
      builder.environment().put("LC_ALL", locale);
    }
    if (sparkHome != null) {
      builder.environment().put("SPARK_HOME", sparkHome.toString());
    }
    return builder;
  }

  private static void script(Path file, String lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + lines);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
