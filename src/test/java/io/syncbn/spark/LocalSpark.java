package io.syncbn.spark;

import org.apache.spark.sql.SparkSession;

/** One local session for all tests of a JVM, strict about what it serializes. */
final class LocalSpark {

  static final SparkSession SESSION = start();

  private LocalSpark() {}

  private static SparkSession start() {
    return SparkSession.builder()
        .master("local[2,4]")
        .appName("tests")
        .config("spark.ui.enabled", false)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.default.parallelism", 3)
        .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
        .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
        .config("spark.kryo.registrator", SyncBatchNormRegistrator.class.getName())
        .config("spark.kryo.registrationRequired", true)
        .getOrCreate();
  }
}
