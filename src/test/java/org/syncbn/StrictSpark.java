package org.syncbn;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.package$;

/** Settings of Spark for tests: on this machine alone, and strict about what travels. */
public final class StrictSpark {

  /**
   * Spark 4.0 has a Parquet without columns of nothing but nulls, and sends the rows of small data
   * sets as a class that it does not register.
   */
  public static final boolean IS_SPARK_4_0 = package$.MODULE$.SPARK_VERSION().startsWith("4.0.");

  /** Nothing goes through Kryo that is not registered. */
  public static final Map<String, String> KRYO =
      Map.of(
          "spark.serializer", "org.apache.spark.serializer.KryoSerializer",
          "spark.kryo.registrator", "org.syncbn.spark.SyncBatchNormRegistrator",
          "spark.kryo.registrationRequired", String.valueOf(!IS_SPARK_4_0));

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
