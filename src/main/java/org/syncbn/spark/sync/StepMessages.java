package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.syncbn.train.Message;

/**
 * All messages of a step so far, in the form that is sent in a task's closure: the weights as one
 * broadcast per step, unless they are so small that the closure is cheaper, and the later merged
 * results.
 */
final class StepMessages implements Serializable {

  private static final long serialVersionUID = 1;

  /** Below this, a broadcast costs more than it saves. */
  private static final int LEAST_BROADCAST_BYTES = 100_000;

  private final List<Broadcast<EncodedMessage>> broadcast = new ArrayList<>(); // none or one
  private final List<EncodedMessage> inClosure = new ArrayList<>();

  /** A step that begins. */
  static StepMessages begin(JavaSparkContext spark, Message.Begin begin) {
    StepMessages messages = new StepMessages();
    if (isBroadcast((long) begin.weights().size() * Float.BYTES)) {
      messages.broadcast.add(spark.broadcast(new EncodedMessage(begin)));
    } else {
      messages.inClosure.add(new EncodedMessage(begin));
    }
    return messages;
  }

  /** Whether a first message of so many bytes is broadcast. */
  static boolean isBroadcast(long bytes) {
    return bytes >= LEAST_BROADCAST_BYTES;
  }

  /** Adds what was agreed on. */
  void add(Message.Agreed agreed) {
    inClosure.add(new EncodedMessage(agreed));
  }

  int count() {
    return broadcast.size() + inClosure.size();
  }

  /** The messages, in order. */
  List<Message> messages() {
    return Stream.concat(broadcast.stream().map(Broadcast::value), inClosure.stream())
        .map(EncodedMessage::message)
        .toList();
  }

  /** Ends the step: no task reads the weights any more. */
  void destroy() {
    broadcast.forEach(Broadcast::destroy);
  }
}
