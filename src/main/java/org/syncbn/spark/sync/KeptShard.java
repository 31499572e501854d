package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.syncbn.data.ShardData;
import org.syncbn.spark.internals.CountedElsewhere;

/**
 * A shard in Spark's cache. How much of its rows is on the heap is up to {@link ExecutorRowMemory},
 * so that Spark, which takes a whole partition for too large or not, does not move them a second
 * time. Sent as {@link JavaSerialized} is.
 *
 * @param data the rows
 */
@DefaultSerializer(JavaSerializer.class)
record KeptShard(ShardData data) implements CountedElsewhere, Serializable {

  /** Where rows are that came from elsewhere, or from Spark's own file, is up to the same. */
  private Object readResolve() {
    return new KeptShard(data.in(ExecutorRowMemory.ofThisExecutor()));
  }
}
