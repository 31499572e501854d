package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Iterator;
import org.syncbn.data.ShardData;
import org.syncbn.train.StepPlan;
import scala.Tuple2;

/**
 * What a task needs to open its shards, besides their rows.
 *
 * @param plan of the run
 * @param sizes of its shards
 */
@DefaultSerializer(JavaSerializer.class) // with any registrator
record TaskPlan(StepPlan plan, ShardSizes sizes) implements Serializable {

  TaskShards open(ShardRange range, Iterator<Tuple2<Integer, ShardData>> rows) {
    return new TaskShards(plan, sizes, range, rows);
  }
}
