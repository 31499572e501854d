package org.syncbn.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import scala.Option;
import scala.Tuple3;

/**
 * The main class of a master's or worker's JVM. It exits, together with its executors, as soon as
 * its standard input ends: the system closes that pipe when the JVM at the other end exits, for
 * whatever reason.
 */
final class Tether {

  private Tether() {}

  /**
   * With {@code ADDRESS}, on which it listens, a master, which prints the URLs of itself and of its
   * web page on one line; with {@code ADDRESS MASTER CORES MEGABYTES FOLDER} a worker.
   */
  public static void main(String[] arguments) {
    PrintStream out = System.out;
    System.setOut(System.err);
    Thread watch = new Thread(() -> endWith(System.in), "tether");
    watch.setDaemon(true);
    watch.start();

    SparkConf conf = new SparkConf().set("spark.master.rest.enabled", "false");
    RpcEnv environment;
    String address = arguments[0];
    if (arguments.length == 1) {
      Tuple3<RpcEnv, Object, Option<Object>> master =
          Master.startRpcEnvAndEndpoint(address, 0, 0, conf);
      environment = master._1();
      out.printf(
          "spark://%1$s:%2$s http://%1$s:%3$s%n",
          address, master._1().address().port(), master._2());
    } else {
      environment =
          Worker.startRpcEnvAndEndpoint(
              address,
              0,
              0,
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]),
              new String[] {arguments[1]},
              arguments[4],
              Option.empty(),
              conf,
              Option.empty());
    }
    environment.awaitTermination();
  }

  private static void endWith(InputStream pipe) {
    try {
      while (pipe.read() >= 0) {
        // Nothing is ever sent.
      }
    } catch (IOException e) {
      // A broken pipe is an ended one.
    }
    List<ProcessHandle> executors = ProcessHandle.current().descendants().toList();
    executors.forEach(ProcessHandle::destroyForcibly);
    Processes.end(executors);
    Runtime.getRuntime().halt(0);
  }
}
