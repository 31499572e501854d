package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.syncbn.spark.SyncBatchNormRegistrator;
import org.syncbn.spark.sync.GangOptions;
import org.syncbn.train.DataPaths;
import org.syncbn.train.RunFile;
import org.w3c.dom.Document;

/** The files of {@code docs/kubernetes}, as far as they can be checked without a cluster. */
class KubernetesExamplesTest {

  private static final Path FOLDER = Path.of("docs/kubernetes");
  private static final String JAR = "local:///opt/spark/work-dir/spark-syncbn.jar";
  private static final String RUN_FILE = "/opt/spark/work-dir/run.conf";

  /**
   * Where the Kubeflow operator has fields of its own, and the setting of Spark that each makes.
   */
  private static final Map<String, String> FIELDS =
      Map.of(
          "/spec/image", "spark.kubernetes.container.image",
          "/spec/driver/memory", "spark.driver.memory",
          "/spec/driver/serviceAccount", "spark.kubernetes.authenticate.driver.serviceAccountName",
          "/spec/executor/instances", "spark.executor.instances",
          "/spec/executor/cores", "spark.executor.cores",
          "/spec/executor/memory", "spark.executor.memory");

  private final JsonNode apache = yaml("spark-operator.yaml").get(0);
  private final JsonNode kubeflow = yaml("kubeflow-operator.yaml").get(0);
  private final Map<String, String> submitted = properties(FOLDER.resolve("spark-submit.conf"));

  @Test
  void allThreeWaysHaveTheSettingsOfAClusterAndTheSameOnesBesides() {
    Map<String, String> expected = properties(Path.of("conf/spark-cluster.conf"));
    expected.keySet().removeIf(key -> key.startsWith("spark.yarn."));
    expected.putAll(submitted);
    expected.remove("spark.kubernetes.namespace");
    expected.keySet().removeIf(key -> key.endsWith(".podTemplateFile"));

    assertThat(settings(apache.at("/spec/sparkConf"))).isEqualTo(expected);

    Map<String, String> ofKubeflow = settings(kubeflow.at("/spec/sparkConf"));
    FIELDS.forEach((field, key) -> ofKubeflow.put(key, kubeflow.at(field).asText()));
    assertThat(ofKubeflow).isEqualTo(expected);
    assertThat(kubeflow.at("/spec/dynamicAllocation/enabled").asText()).isEqualTo("false");
  }

  @Test
  void theGangHasItsPortsAndAFixedSetOfExecutors() {
    SparkConf conf = new SparkConf(false);
    submitted.forEach(conf::set);

    assertThat(conf.get("spark.dynamicAllocation.enabled")).isEqualTo("false");
    GangOptions options = GangOptions.from(conf);
    assertThat(options.coordinatorPort()).isEqualTo(7080);
    assertThat(options.startTimeout()).hasMinutes(10);
    assertThat(ports("driver"))
        .containsExactlyInAnyOrder(
            conf.get("spark.driver.port"),
            conf.get("spark.blockManager.port"),
            String.valueOf(options.coordinatorPort()));
    assertThat(ports("executors"))
        .containsExactly(
            conf.get("spark.blockManager.port"), conf.get("spark.syncbn.executor.port"));
  }

  @Test
  void everySettingOfOursIsOneThatTheCodeReads() throws IOException {
    String code;
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/org/syncbn/spark/sync"))) {
      code =
          files
              .filter(Files::isRegularFile)
              .map(KubernetesExamplesTest::text)
              .collect(Collectors.joining());
    }
    assertThat(submitted.keySet().stream().filter(key -> key.startsWith("spark.syncbn.")))
        .isNotEmpty()
        .allSatisfy(key -> assertThat(code).contains('"' + key + '"'));
    assertThat(settings(apache.at("/spec/sparkConf")))
        .containsEntry("spark.kryo.registrator", SyncBatchNormRegistrator.class.getName());
  }

  @Test
  void theArgumentsAreThoseOfACommandThatRunsInADriverFarAway() {
    List<String> arguments = texts(apache.at("/spec/driverArgs"));

    assertThat(texts(kubeflow.at("/spec/arguments"))).isEqualTo(arguments);
    assertThat(arguments).startsWith("train", RUN_FILE);
    assertThat(ClusterDriver.rejection(SyncBatchNorm.command().parseArgs(array(arguments))))
        .isEmpty();
    assertThat(text(Path.of("docs/kubernetes.md")).replaceAll("[\\s\\\\]+", " "))
        .contains(JAR + " " + String.join(" ", arguments));
    assertThat(RunFile.read(FOLDER.resolve("run.conf"), List.of()).data().path())
        .contains(DataPaths.of("hdfs://namenode:8020/data/train.parquet"));
  }

  @Test
  void imageJarMainClassAndVersionsAreThoseOfTheBuild() throws Exception {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile());
    String version = value(pom, "/project/version");
    String spark = value(pom, "/project/properties/spark.version");
    String image = "registry.example.com/spark-syncbn:" + version;
    String dockerfile = text(FOLDER.resolve("Dockerfile"));

    assertThat(dockerfile)
        .contains("-t " + image + " .")
        .contains("FROM apache/spark:%s-scala2.13-java17-ubuntu".formatted(spark))
        .contains(
            "COPY target/%s-%s.jar %s"
                .formatted(
                    value(pom, "/project/artifactId"), version, JAR.substring("local://".length())))
        .contains("COPY docs/kubernetes/run.conf " + RUN_FILE);
    assertThat(submitted).containsEntry("spark.kubernetes.container.image", image);
    assertThat(text(Path.of("docs/kubernetes.md"))).contains("-t " + image + " .");
    for (JsonNode application : List.of(apache, kubeflow)) {
      assertThat(application.at("/spec/mainClass").asText())
          .isEqualTo(SyncBatchNorm.class.getName());
      assertThat(application.at("/kind").asText()).isEqualTo("SparkApplication");
    }
    assertThat(apache.at("/apiVersion").asText()).isEqualTo("spark.apache.org/v1");
    assertThat(apache.at("/spec/jars").asText()).isEqualTo(JAR);
    assertThat(apache.at("/spec/runtimeVersions/sparkVersion").asText()).isEqualTo(spark);
    assertThat(kubeflow.at("/apiVersion").asText()).isEqualTo("sparkoperator.k8s.io/v1beta2");
    assertThat(kubeflow.at("/spec/mainApplicationFile").asText()).isEqualTo(JAR);
    assertThat(kubeflow.at("/spec/sparkVersion").asText()).isEqualTo(spark);
  }

  @Test
  void thePodTemplatesOfSparkSubmitAreThere() {
    assertThat(
            Stream.of("driver", "executor")
                .map(role -> submitted.get("spark.kubernetes.%s.podTemplateFile".formatted(role))))
        .allSatisfy(file -> assertThat(Path.of(file)).isRegularFile());
    assertThat(yaml("pod-template.yaml").get(0).at("/kind").asText()).isEqualTo("Pod");
  }

  private static Set<String> ports(String role) {
    return yaml("network-policy.yaml").stream()
        .filter(policy -> policy.at("/metadata/name").asText().equals("syncbn-" + role))
        .flatMap(policy -> elements(policy.at("/spec/ingress/0/ports")))
        .map(port -> port.at("/port").asText())
        .collect(Collectors.toSet());
  }

  private static Map<String, String> settings(JsonNode object) {
    Map<String, String> settings = new TreeMap<>();
    object.properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue().asText()));
    return settings;
  }

  /** A file of settings as Spark reads it. */
  private static Map<String, String> properties(Path file) {
    Map<String, String> properties = new TreeMap<>();
    Matcher line = Pattern.compile("(?m)^(spark\\S+)\\s+(.*)$").matcher(text(file));
    while (line.find()) {
      properties.put(line.group(1), line.group(2).strip());
    }
    return properties;
  }

  private static List<String> texts(JsonNode array) {
    return elements(array).map(JsonNode::asText).toList();
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static String[] array(List<String> words) {
    return words.toArray(String[]::new);
  }

  private static List<JsonNode> yaml(String name) {
    YAMLFactory format = new YAMLFactory();
    List<JsonNode> documents = new ArrayList<>();
    try (var parser = format.createParser(FOLDER.resolve(name).toFile())) {
      new ObjectMapper(format).readValues(parser, JsonNode.class).forEachRemaining(documents::add);
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
    return documents;
  }

  private static String value(Document pom, String path) throws Exception {
    return XPathFactory.newInstance().newXPath().evaluate(path, pom);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(file.toString(), e);
    }
  }
}
