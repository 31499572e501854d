package org.syncbn.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.sql.SparkSession;

/** A JVM that runs a job without end on a cluster, says so, and then waits to be killed. */
final class ClusterOwner {

  private ClusterOwner() {}

  static Process launch(ClusterKind kind) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(SparkCluster.QUICK_TO_START);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ClusterOwner.class.getName(), kind.name()));
    Process owner =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    if (!"ready".equals(owner.inputReader().readLine())) {
      throw new IllegalStateException("The owner of a cluster ended before it was ready.");
    }
    return owner;
  }

  /** Never returns by itself. */
  public static void main(String[] arguments) throws Exception {
    SparkCluster cluster = SparkCluster.start(ClusterKind.valueOf(arguments[0]), 1);
    SparkSession spark = cluster.session();
    Gate gate = new Gate();
    gate.open();
    int port = gate.port();
    JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(List.of(1))
        .foreachAsync(
            number -> {
              Gate.pass(port);
              Thread.currentThread().join();
            });
    gate.awaitArrivals(1);
    System.out.println("ready");
    System.in.read();
  }
}
