package io.syncbn.spark.sync;

import io.syncbn.train.Message;
import io.syncbn.train.WireFormat;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * A message that is encoded once when it leaves the JVM and decoded once where it arrives, however
 * many tasks read it there. Thread-safe.
 */
final class EncodedMessage implements Serializable {

  private static final long serialVersionUID = 1;

  private transient Message message;
  private transient ByteBuffer bytes;

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

  /** The wire form, with a position of its own. */
  synchronized ByteBuffer bytes() {
    if (bytes == null) {
      bytes = WireFormat.encode(message);
    }
    return bytes.duplicate();
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    byte[] wire = new byte[bytes().remaining()];
    bytes().get(wire);
    out.writeObject(wire);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    bytes = ByteBuffer.wrap((byte[]) in.readObject());
  }
}
