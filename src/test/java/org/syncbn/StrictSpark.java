package org.syncbn;

import java.util.Map;
import org.apache.spark.SparkConf;

/** Settings of Spark for tests: on this machine alone, and strict about what travels. */
public final class StrictSpark {

  /** Nothing goes through Kryo that is not registered. */
  public static final Map<String, String> KRYO =
      Map.of(
          "spark.serializer", "org.apache.spark.serializer.KryoSerializer",
          "spark.kryo.registrator", "org.syncbn.spark.SyncBatchNormRegistrator",
          "spark.kryo.registrationRequired", "true");

  private StrictSpark() {}

  /** For threads of this JVM. */
  public static SparkConf local(String master) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .setAppName("tests")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1");
    KRYO.forEach(conf::set);
    return conf;
  }
}
