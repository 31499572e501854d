package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;

/**
 * A value that is sent with Java's serialization, whatever {@code spark.serializer} is. Kryo 4 can
 * neither fill records nor restore transient fields, and only some applications have our
 * registrator.
 *
 * @param value to send
 */
@DefaultSerializer(JavaSerializer.class)
public record JavaSerialized<T extends Serializable>(T value) implements Serializable {}
