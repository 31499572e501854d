package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.syncbn.data.RowMemory;
import org.syncbn.data.ShardData;
import org.syncbn.spark.internals.CountedElsewhere;

/**
 * A shard in Spark's cache. How much of its rows is on the heap is up to {@link RowStorage}, so
 * that Spark, which takes a whole partition for too large or not, does not move them a second time.
 * Sent as {@link JavaSerialized} is.
 *
 * @param data the rows
 */
@DefaultSerializer(JavaSerializer.class)
record KeptShard(ShardData data) implements CountedElsewhere, Serializable {

  /** The same rows where a memory has room for them. */
  KeptShard in(RowMemory memory) {
    return new KeptShard(data.in(memory));
  }
}
