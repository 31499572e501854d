package org.syncbn.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code spark-submit} gets for the arguments of a job, the environment and the settings. */
class LaunchTest {

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path conf;

  @BeforeEach
  void makeSettings() throws IOException {
    conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(conf.resolve("spark-defaults.conf"), "spark.driver.memory 4g\n");
    Files.writeString(
        conf.resolve("spark-cluster.conf"), "spark.driver.memory 2g\nspark.locality.wait 0\n");
  }

  private List<String> launch(String... arguments) {
    return Launch.words(
        conf,
        "the.jar",
        List.of(arguments),
        environment,
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Path installation(String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve("spark"));
    Files.createDirectories(home.resolve("conf"));
    Files.createDirectories(home.resolve("jars"));
    Files.createFile(home.resolve("jars/spark-core_2.13-" + version + ".jar"));
    environment.put("SPARK_HOME", home.toString());
    return home;
  }

  private static String masterOf(List<String> words) {
    return words.get(words.indexOf("--master") + 1);
  }

  @Test
  void aJobWithoutOptionsRunsOnAllCoresWithFourTriesForATask() {
    assertThat(launch("normalize", "--input", "a b"))
        .containsExactly(
            "local",
            "--properties-file",
            conf.resolve("spark-defaults.conf").toString(),
            "--master",
            "local[*,4]",
            "--class",
            "org.syncbn.jobs.SyncBatchNorm",
            "the.jar",
            "normalize",
            "--input",
            "a b");
    assertThat(masterOf(launch("normalize"))).isEqualTo("local[2,4]"); // its sample has two tasks
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.master yarn",
        "spark.master\tyarn",
        "spark.master=yarn",
        "spark.master = yarn  ",
        "spark.master:yarn",
        "  spark.master : yarn\t",
        "#spark.master local\nspark.master ya\\\n  rn\n",
        "spark.master local\nspark.master yarn"
      })
  void theDefaultsOfAnInstallationAreReadAsSparkReadsThem(String text) throws IOException {
    Path home = installation(SparkInstallation.versionOfBuild());
    Files.writeString(home.resolve("conf/spark-defaults.conf"), text);

    assertThat(launch("train"))
        .startsWith(
            "cluster",
            "--properties-file",
            conf.resolve("spark-cluster.conf").toString(),
            "--load-spark-defaults",
            "--master",
            "yarn");
  }

  @Test
  void whatIsSaidNearerToTheJobCountsBeforeWhatIsSaidFartherAway() throws IOException {
    Files.writeString(conf.resolve("spark-defaults.conf"), "spark.master local[1]");
    assertThat(masterOf(launch("train"))).isEqualTo("local[1]");
    environment.put("MASTER", "local[2]");
    assertThat(masterOf(launch("train"))).isEqualTo("local[2]");
    Path home = installation(SparkInstallation.versionOfBuild());
    Files.writeString(home.resolve("conf/spark-defaults.conf"), "spark.master local[3]");
    assertThat(masterOf(launch("train"))).isEqualTo("local[3]");
    Path mine = Files.writeString(folder.resolve("mine.conf"), "spark.master local[4]");
    String file = "--properties-file=" + mine;
    assertThat(masterOf(launch("train", file))).isEqualTo("local[4]");
    String setting = "--conf=spark.master=local[5]";
    assertThat(masterOf(launch("train", setting, file))).isEqualTo("local[5]");
    assertThat(masterOf(launch("train", setting, "--master", "local[6]"))).isEqualTo("local[6]");
  }

  @Test
  void theDefaultsOfAnInstallationMayBeInAnotherFolder() throws IOException {
    installation(SparkInstallation.versionOfBuild());
    Path other = Files.createDirectories(folder.resolve("etc"));
    Files.writeString(other.resolve("spark-defaults.conf"), "spark.master yarn");
    environment.put("SPARK_CONF_DIR", other.toString());

    assertThat(masterOf(launch("train"))).isEqualTo("yarn");
  }

  @Test
  void optionsOfSparkSubmitArePassedOnAndAreNoneOfTheJob() {
    List<String> words =
        launch(
            "normalize",
            "--master=yarn",
            "--num-executors=8",
            "--executor-memory",
            "3g",
            "--packages",
            "a:b:1",
            "--input",
            "x",
            "--queue",
            "night",
            "--conf=spark.ui.enabled=true",
            "--columns=a=b");

    assertThat(words.subList(words.indexOf("--master"), words.size()))
        .containsExactly(
            "--master",
            "yarn",
            "--num-executors",
            "8",
            "--executor-memory",
            "3g",
            "--packages",
            "a:b:1",
            "--queue",
            "night",
            "--conf",
            "spark.ui.enabled=true",
            "--class",
            "org.syncbn.jobs.SyncBatchNorm",
            "the.jar",
            "normalize",
            "--master",
            "yarn",
            "--input",
            "x",
            "--conf",
            "spark.ui.enabled=true",
            "--columns=a=b");
  }

  @Test
  void aFileOfSettingsKeepsOursWhereItAndTheArgumentsSayNothing() throws IOException {
    Path mine = Files.writeString(folder.resolve("mine.conf"), "spark.master=yarn\n");
    assertThat(launch("train", "--properties-file", mine.toString()))
        .containsSequence("--properties-file", mine.toString())
        .containsSequence("--conf", "spark.driver.memory=2g")
        .containsSequence("--conf", "spark.locality.wait=0")
        .doesNotContain("--load-spark-defaults");

    Files.writeString(mine, "spark.master=yarn\nspark.driver.memory=7g");
    assertThat(launch("train", "--properties-file", mine.toString()))
        .doesNotContain("spark.driver.memory=2g");
  }

  @Test
  void whatHasNoEffectOnALocalMasterIsPassedOnWithANote() {
    assertThat(launch("train", "--num-executors", "2")).containsSequence("--num-executors", "2");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "note: --num-executors has no effect with the master local[*,4], which has no executors"
                + " of its own."
                + System.lineSeparator());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local[2",
        "local[x]",
        "mesos://h:5050",
        "h:7077",
        "local-cluster[2]",
        "yarn-client"
      })
  void aMasterThatSparkDoesNotKnowIsRejected(String master) {
    assertThatThrownBy(() -> launch("train", "--master", master))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("not '" + master + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local",
        "local[4]",
        "local[*]",
        "local[2, 3]",
        "local-cluster[2,1,1024]",
        "spark://h:1,i:2",
        "yarn",
        "k8s://https://h:6443"
      })
  void whatSparkKnowsIsAMaster(String master) {
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    assertThat(masterOf(launch("train", "--master", master))).isEqualTo(master);
  }

  @Test
  void anotherVersionOfSparkIsRejectedWithBothNames() throws IOException {
    Path home = installation("3.5.1");
    String build = SparkInstallation.versionOfBuild();

    assertThatThrownBy(() -> launch("train"))
        .hasMessageContaining("SPARK_HOME is %s, which is Spark 3.5.1,".formatted(home))
        .hasMessageContaining("built for Spark " + build);
  }

  @Test
  void aPatchOfTheSameVersionIsTaken() throws IOException {
    String series = SparkInstallation.versionOfBuild().replaceFirst("\\.[0-9]+$", "");
    installation(series + ".99-vendor");

    assertThat(launch("train")).contains("train");
  }

  @Test
  void settingsOfHadoopThatAreNoXmlAreASentence() throws IOException {
    environment.put("HADOOP_CONF_DIR", folder.toString());
    Path file = folder.resolve("core-site.xml");
    String whole =
        "<?xml version=\"1.0\"?>\n"
            + "<configuration><property><name>a</name></property></configuration>\n";
    Files.writeString(file, whole);
    assertThat(launch("train")).contains("train");
    for (String broken : List.of(whole.substring(0, 60), "", "fs.defaultFS=hdfs://nn:8020\n")) {
      Files.writeString(file, broken);
      assertThatThrownBy(() -> launch("train"))
          .isInstanceOf(LaunchException.class)
          .hasMessageStartingWith("The settings of Hadoop in " + file + " cannot be read (")
          .hasMessageEndingWith("or set HADOOP_CONF_DIR to another folder or to none.");
    }
  }

  @Test
  void aReleaseSaysItsVersionWhereThereAreNoJars() throws IOException {
    Path home = Files.createDirectories(folder.resolve("release"));
    Files.writeString(home.resolve("RELEASE"), "Spark 3.4.0 (git revision abc) built for Hadoop\n");

    assertThat(new SparkInstallation(home).version()).contains("3.4.0");
    assertThat(new SparkInstallation(folder).version()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train                                                  | write it to a file system with --model
          train --model m                                        | --model m would stay
          train --model hdfs:///m --report r.json                | --report r.json would stay
          normalize                                              | with --output
          normalize --input hdfs:///a                            | with --output
          normalize --input hdfs:///a --output out               | --output out would stay
          normalize --input hdfs:///a --statistics s.json        | --statistics s.json would stay
          evaluate --model hdfs:///m                             | with --report
          bench normalize                                        | the output of bench
          """)
  void resultsThatWouldStayWithADriverSomewhereAreRejected(String line, String sentence) {
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    String words = line + " --master yarn --deploy-mode cluster";

    assertThatThrownBy(() -> launch(words.split(" ")))
        .isInstanceOfSatisfying(
            LaunchException.class, rejection -> assertThat(rejection.exitCode()).isEqualTo(2))
        .hasMessageContaining(sentence);
  }

  @Test
  void resultsInFileSystemsOfTheClusterMayBeWrittenByADriverSomewhere() {
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    String line =
        "normalize --input hdfs:///a --output hdfs:///b --statistics hdfs:///s.json --master yarn"
            + " --conf spark.submit.deployMode=cluster";

    assertThat(launch(line.split(" "))).startsWith("cluster");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train --deploy-mode cluster        | needs a cluster, and the master is local[*,4]
          train --deploy-mode somewhere      | is client or cluster, not 'somewhere'
          train --class a.B                  | --class is an option of spark-submit that cannot be
          train --jars                       | the option --jars needs a value
          train --properties-file none.conf  | no readable file of settings none.conf
          """)
  void wrongOptionsAreASentence(String line, String sentence) {
    assertThatThrownBy(() -> launch(line.split(" ")))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining(sentence);
  }
}
