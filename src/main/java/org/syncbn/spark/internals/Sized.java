package org.syncbn.spark.internals;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.apache.spark.util.KnownSizeEstimation;

/**
 * A value that is sent with Java's serialization, and whose size Spark is told. Spark measures what
 * it keeps by following its fields; from direct memory they lead to all direct memory of the JVM,
 * which takes time and counts what is not the value's.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 *
 * @param value to send
 * @param estimatedSize of the value in bytes
 */
@DefaultSerializer(JavaSerializer.class)
public record Sized<T extends Serializable>(T value, long estimatedSize)
    implements KnownSizeEstimation, Serializable {}
