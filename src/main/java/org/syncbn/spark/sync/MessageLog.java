package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Message;

/**
 * The messages that bring a new gang to where the last one was. Where the driver keeps the weights
 * these are the messages of the step under way. Where executors keep them, they begin with what the
 * executors last had, and go on with all updates since that count: messages are small, and an
 * update is a function of them. Not thread-safe.
 */
final class MessageLog {

  private Optional<Message.Load> start = Optional.empty();
  private final List<Message> done = new ArrayList<>();
  private final List<Message> step = new ArrayList<>();
  private long bytes; // of done

  /**
   * Adds the next message.
   *
   * @return the message as it is sent, now and should it have to be sent again
   * @throws IllegalStateException if its exchange does not follow the last one
   */
  Message add(Message message) {
    if (message instanceof Message.Load load) {
      clear();
      start = Optional.of(load);
      return load;
    }
    if (message.exchange() == 1) {
      close(message);
    }
    if (step.size() != message.exchange() - 1) {
      throw new IllegalStateException(
          "exchange " + message.exchange() + " does not follow exchange " + step.size());
    }
    Message sent = message;
    if (message instanceof Message.Agreed agreed) {
      // The caller may pass on what it was given: memory that a shard writes into.
      sent =
          new Message.Agreed(
              agreed.run(), agreed.step(), agreed.exchange(), agreed.values().clone());
    }
    step.add(sent);
    return sent;
  }

  /** Keeps of the last step what later ones build on: all of it if its update counts. */
  private void close(Message next) {
    if (next instanceof Message.Settling first
        && first.settlement().weights() == Message.Weights.NEW) {
      step.forEach(this::keep);
    } else {
      step.stream().limit(1).flatMap(MessageLog::settling).forEach(this::keep);
    }
    step.clear();
  }

  private void keep(Message message) {
    done.add(message);
    if (message instanceof Message.Agreed agreed) {
      bytes += (long) Double.BYTES * agreed.values().length; // the rest is little beside it
    }
  }

  private static Stream<Message> settling(Message first) {
    if (first instanceof Message.Settling last && !last.settlement().isNone()) {
      return Stream.of(new Message.Settle(last.run(), last.step(), last.settlement()));
    }
    return Stream.empty();
  }

  /** The messages before the last one, in order. */
  List<Message> before() {
    List<Message> all = new ArrayList<>(start.stream().toList());
    all.addAll(done);
    all.addAll(step);
    return all.subList(0, Math.max(0, all.size() - 1));
  }

  /**
   * Goes on from what the executors keep.
   *
   * @param collect the last message
   * @param arrays the answer: the weights, then the state as in {@link Message.Load}
   */
  void restart(Message.Collect collect, List<Tensor> arrays) {
    add(
        new Message.Load(
            collect.run(), collect.step(), arrays.get(0), arrays.subList(1, arrays.size())));
  }

  /** Forgets everything, until there is something to go on from. */
  void clear() {
    start = Optional.empty();
    done.clear();
    step.clear();
    bytes = 0;
  }

  /** How many messages would be sent again, those of the step under way left out. */
  int length() {
    return done.size();
  }

  /** The bytes of the sums that would be sent again with them. */
  long bytes() {
    return bytes;
  }
}
