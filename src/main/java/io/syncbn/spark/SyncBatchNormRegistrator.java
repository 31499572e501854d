package io.syncbn.spark;

import com.esotericsoftware.kryo.Kryo;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Registers with Kryo what our jobs send between the driver and the executors, so that they run
 * under {@code spark.kryo.registrationRequired=true}.
 *
 * <p>Set it as {@code spark.kryo.registrator}.
 */
public final class SyncBatchNormRegistrator implements KryoRegistrator {

  /** Creates the registrator, as Spark does by its name. */
  public SyncBatchNormRegistrator() {}

  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(byte[][].class);
  }
}
