package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.SparkInternals;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.data.GeneratedImages;
import org.syncbn.spark.internals.Transports;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.StepPlan;
import org.syncbn.train.TrainingRun;

/** How executors come to the coordinator of a gang, or do not. */
@SparkInternals
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class GangConnectionsTest {

  private static final LinearPlan PLAN = new LinearPlan(6, 30_000);
  private static final String PASSWORD = "a password";

  private static SparkCluster cluster;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.EXECUTORS, 2);
  }

  @AfterEach
  void stopSession() {
    cluster.stopSession();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static JavaSparkContext session(Map<String, String> settings) {
    return JavaSparkContext.fromSparkContext(cluster.session(settings).sparkContext());
  }

  @Test
  void aCoordinatorOutOfReachIsASentenceAndTheChoiceFallsToTheTree() {
    JavaSparkContext spark =
        session(
            Map.of(
                "spark.syncbn.coordinator.host",
                "198.51.100.1", // for documentation: nobody has it
                "spark.syncbn.coordinator.bindAddress",
                "127.0.0.1",
                "spark.syncbn.connectTimeout",
                "2s"));
    assertThat(Transports.areEncrypted(spark.getConf())).isFalse();
    String sentence =
        "an executor cannot connect to the gang's coordinator at 198\\.51\\.100\\.1:\\d+ \\(.*\\):"
            + " make the port reachable \\(spark.syncbn.coordinator.port sets it\\), set"
            + " spark.syncbn.coordinator.host to a name by which executors reach the driver, or use"
            + " the tree engine";
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
      assertThatThrownBy(() -> PLAN.train(engine, 1))
          .isInstanceOf(EngineException.class)
          .hasMessageMatching(sentence);
    }
    EngineChoice choice =
        EngineChoice.measure(
            spark, PLAN, 2, StepTraffic.of(30_000), Optional.empty(), kind -> true);
    assertThat(choice.chosen()).isEqualTo(EngineKind.TREE);
    assertThat(choice.reason()).matches(sentence);
    assertThat(choice.obstacle()).contains(choice.reason());
  }

  @Tag("full")
  @Test
  void executorsOfOneMachineListenOnPortsBehindEachOtherOrSayThatTheyCannot() throws IOException {
    String port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = Integer.toString(free.getLocalPort());
    }
    assertThat(choice(Map.of("spark.syncbn.executor.port", port)).costs())
        .extracting(EngineCost::kind)
        .contains(EngineKind.SLICES);
    cluster.stopSession();

    EngineChoice choice =
        choice(Map.of("spark.syncbn.executor.port", port, "spark.port.maxRetries", "0"));
    assertThat(choice.costs()).extracting(EngineCost::kind).doesNotContain(EngineKind.SLICES);
    assertThat(choice.obstacle().orElseThrow())
        .matches(
            "an executor cannot listen on [^ ]+, ports %s to %<s \\(.*\\): set ".formatted(port)
                + "spark\\.syncbn\\.executor\\.port to 0 for any port, or to one that is free .*");
  }

  @Tag("full")
  @Test
  void thePortsBehindTheOneThatIsSetEndAtTheLastPort() {
    assertThat(choice(Map.of("spark.syncbn.executor.port", "65535")).obstacle().orElseThrow())
        .contains("an executor cannot listen on ", "ports 65535 to 65535");
    cluster.stopSession();

    assertThatThrownBy(() -> choice(Map.of("spark.syncbn.executor.port", "65536")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("spark.syncbn.executor.port is not a port: 65536");
  }

  private static EngineChoice choice(Map<String, String> settings) {
    return choice(session(settings));
  }

  private static EngineChoice choice(JavaSparkContext spark) {
    return EngineChoice.measure(
        spark, training(), 2, StepTraffic.of(1_000), Optional.empty(), kind -> true);
  }

  @Tag("full")
  @Test
  void theGangUsesTlsWhereSparkDoes() throws Exception {
    Path keys = keyStore();
    JavaSparkContext spark =
        session(
            Map.of(
                "spark.ssl.enabled",
                "true",
                "spark.ssl.rpc.enabled",
                "true", // inherits what follows
                "spark.ssl.keyStore",
                keys.toString(),
                "spark.ssl.keyStorePassword",
                PASSWORD,
                "spark.ssl.keyPassword",
                PASSWORD,
                "spark.ssl.trustStore",
                keys.toString(),
                "spark.ssl.trustStorePassword",
                PASSWORD));
    assertThat(Transports.areEncrypted(spark.getConf())).isTrue();
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        GangEngine engine = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
      assertThat(PLAN.train(engine, 2)).isEqualTo(reference());
      GangTicket ticket = engine.ticket().orElseThrow();
      try (SSLSocket socket =
          (SSLSocket)
              trusting(keys).getSocketFactory().createSocket(ticket.host(), ticket.port())) {
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        assertThat(socket.getSession().getPeerCertificates()).hasSize(1);
      }
      assertThat(PLAN.train(engine, 2)).isEqualTo(reference());
    }
    EngineChoice choice = choice(spark);
    assertThat(choice.obstacle()).isEmpty();
    assertThat(choice.costs())
        .extracting(EngineCost::kind)
        .containsExactly(EngineKind.GANG, EngineKind.SLICES, EngineKind.TREE);
  }

  /** A plan whose weights executors can update. */
  private static StepPlan training() {
    RunOptions options = RunFile.parse("network = [{ dense = 10 }]", List.of());
    return new TrainingRun(options, GeneratedImages.draw(1, 0, 1).schema(), new long[] {9, 9}, 0)
        .plan();
  }

  private static List<Integer> reference() {
    try (Engine engine = new InProcessEngine(PLAN, PLAN.data(), 1)) {
      return PLAN.train(engine, 2);
    }
  }

  private static SSLContext trusting(Path keys) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** A key with a certificate that it has signed itself, which counts as trusted. */
  private static Path keyStore() throws IOException, InterruptedException {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes());
    assertThat(keytool.waitFor()).describedAs(output).isZero();
    return store;
  }
}
