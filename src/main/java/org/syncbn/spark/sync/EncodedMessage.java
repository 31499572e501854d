package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import org.syncbn.train.Message;
import org.syncbn.train.WireFormat;

/**
 * A message that is encoded once when it leaves the JVM and decoded once where it arrives, however
 * many tasks read it there. Thread-safe.
 */
@DefaultSerializer(JavaSerializer.class) // with any registrator
final class EncodedMessage implements Serializable {

  private static final long serialVersionUID = 1;

  private transient Message message;
  private transient ByteBuffer bytes; // until the message is decoded
  private transient WireFormat.Parcel parcel;

  EncodedMessage(Message message) {
    this.message = message;
  }

  synchronized Message message() {
    if (message == null) {
      message = WireFormat.decodeMessage(bytes);
      bytes = null;
    }
    return message;
  }

  /** The wire form in parts, which nobody changes. */
  synchronized WireFormat.Parcel parcel() {
    if (parcel == null) {
      parcel = WireFormat.pack(message);
    }
    return parcel;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.writeObject(WireFormat.encode(message()).array());
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    bytes = ByteBuffer.wrap((byte[]) in.readObject());
  }
}
