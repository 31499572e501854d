package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.util.List;
import org.syncbn.data.Block;
import org.syncbn.data.ClassLabels;
import org.syncbn.spark.internals.Sized;

/** What the engines send through Kryo. */
public final class TrainingClasses {

  private TrainingClasses() {}

  /** Registers the classes of this package with Kryo. */
  public static void register(Kryo kryo) {
    // Records and transient fields are beyond Kryo 4; all of these are large and rare.
    for (Class<?> type :
        List.of(
            JavaSerialized.class,
            Sized.class,
            KeptShard.class,
            Block.class,
            ClassLabels.class,
            TaskPlan.class,
            EncodedMessage.class)) {
      kryo.register(type, new JavaSerializer());
    }
    kryo.register(TaskAnswer.class);
  }
}
