package org.syncbn.train;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.ShardForest.Node;

/**
 * The one form of messages and contributions outside a JVM. Pure functions; no Java serialization.
 *
 * <pre>
 *            1 byte    1 byte
 *          +---------+--------+----------+----------+---------------+-----------------------+
 * message  | version | kind   | run (8)  | step (8) | exchange (4)  | arrays of the kind    |
 *          +---------+--------+----------+----------+---------------+-----------------------+
 *          +---------+--------+-----------+
 * nodes    | version | NODES  | count (4) | for each node:
 *          +---------+--------+-----------+
 *              +-----------+-----------+--------------------+------+---------------------+
 *              | level (4) | index (4) | times: n (4), 8n   | kind | arrays of the kind  |
 *              +-----------+-----------+--------------------+------+---------------------+
 *          +------------+--------------------------+
 * array    | length (4) | 8 or 4 bytes a number    |   little-endian
 *          +------------+--------------------------+
 * </pre>
 *
 * <p>A long tensor may be left out and sent before or after; its length is then the complement.
 */
public final class WireFormat {

  private static final byte VERSION = 4;

  private static final byte BEGIN = 1;
  private static final byte AGREED = 2;
  private static final byte NODES = 3;
  private static final byte LOAD = 4;
  private static final byte CONTINUE = 5;
  private static final byte UPDATE = 6;
  private static final byte COLLECT = 7;
  private static final byte SETTLE = 8;

  private static final byte BATCH = 1;
  private static final byte EVALUATION = 2;
  private static final byte DIAGNOSIS = 3;
  private static final byte STATISTICS = 4;

  private static final byte EMPTY = 1;
  private static final byte SUMS = 2;
  private static final byte GRADIENTS = 3;
  private static final byte MOMENTS = 4;
  private static final byte COUNTED = 5;
  private static final byte SLICE = 6;

  private static final int LENGTH = 4; // of the head of an array
  private static final int NODE_HEAD = 4 + 4 + LENGTH + 1; // level, index, times, kind

  /** A tensor of at least this many numbers is sent as its own message. */
  private static final int LEAST_ASIDE = 1 << 14;

  private static final int NEVER_ASIDE = Integer.MAX_VALUE;

  /**
   * The wire form in parts, to send tensors directly from memory.
   *
   * @param bytes the wire form without its long tensors, from position 0 to the limit of a fresh
   *     heap buffer
   * @param tensors those left out, in order, not copied
   */
  public record Parcel(ByteBuffer bytes, List<Tensor> tensors) {}

  private WireFormat() {}

  /** A message in parts. */
  public static Parcel pack(Message message) {
    return write(message, LEAST_ASIDE);
  }

  /** Nodes of a {@link ShardForest} in parts. */
  public static Parcel pack(List<Node> nodes) {
    return write(nodes, LEAST_ASIDE);
  }

  /** A message as bytes from position 0 to the limit of a fresh heap buffer. */
  public static ByteBuffer encode(Message message) {
    return write(message, NEVER_ASIDE).bytes();
  }

  /**
   * Nodes of a {@link ShardForest} as bytes from position 0 to the limit of a fresh heap buffer.
   */
  public static ByteBuffer encode(List<Node> nodes) {
    return write(nodes, NEVER_ASIDE).bytes();
  }

  private static Parcel write(Message message, int leastAside) {
    WireWriter out = new WireWriter(leastAside).putByte(VERSION);
    if (message instanceof Message.Begin begin) {
      head(out, BEGIN, message);
      put(out, begin.work());
      out.putTensor(begin.weights()).putDoubles(begin.statistics());
    } else if (message instanceof Message.Agreed agreed) {
      head(out, AGREED, message).putDoubles(agreed.values());
    } else if (message instanceof Message.Load load) {
      head(out, LOAD, message).putTensor(load.weights()).putInt(load.state().size());
      load.state().forEach(out::putTensor);
    } else if (message instanceof Message.Continue next) {
      head(out, CONTINUE, message);
      put(out, next.work());
      put(out, next.settlement());
      out.putDoubles(next.statistics());
    } else if (message instanceof Message.Update update) {
      head(out, UPDATE, message).putLong(update.optimizerSteps()).putDouble(update.rateFactor());
      out.putDouble(update.weight()).putFloats(update.batchNormGradients());
      out.putByte(update.report().ordinal());
    } else if (message instanceof Message.Collect collect) {
      put(head(out, COLLECT, message), collect.settlement());
    } else if (message instanceof Message.Settle settle) {
      put(head(out, SETTLE, message), settle.settlement());
    }
    return out.parcel();
  }

  private static WireWriter head(WireWriter out, byte kind, Message message) {
    return out.putByte(kind)
        .putLong(message.run())
        .putLong(message.step())
        .putInt(message.exchange());
  }

  private static Parcel write(List<Node> nodes, int leastAside) {
    WireWriter out = new WireWriter(leastAside).putByte(VERSION).putByte(NODES);
    out.putInt(nodes.size());
    for (Node node : nodes) {
      out.putInt(node.level()).putInt(node.index());
      out.putInt(node.times().shards());
      for (int shard = 0; shard < node.times().shards(); shard++) {
        out.putLong(node.times().nanos(shard));
      }
      put(out, node.contribution());
    }
    return out.parcel();
  }

  /**
   * Reads a message back, in fresh memory.
   *
   * @param bytes what {@link #encode(Message)} gave; position and limit stay as they are
   * @throws IllegalArgumentException if they are anything else
   */
  public static Message decodeMessage(ByteBuffer bytes) {
    return unpackMessage(new Parcel(bytes, List.of()), Tensor::zeros);
  }

  /**
   * Reads a message back; its long tensors are those of the parcel.
   *
   * @param parcel what {@link #pack(Message)} gave; position and limit stay as they are
   * @param memory where other weights go: from a size to a tensor of that size
   * @throws IllegalArgumentException if it is anything else
   */
  public static Message unpackMessage(Parcel parcel, IntFunction<Tensor> memory) {
    WireReader in = open(parcel, memory);
    byte kind = in.getByte();
    long run = in.getLong();
    long step = in.getLong();
    int exchange = in.getInt();
    Message message =
        switch (kind) {
          case BEGIN -> new Message.Begin(run, step, getWork(in), in.getTensor(), in.getDoubles());
          case AGREED -> new Message.Agreed(run, step, exchange, in.getDoubles());
          case LOAD ->
              new Message.Load(run, step, in.getTensor(), in.getList(LENGTH, in::getTensor));
          case CONTINUE ->
              new Message.Continue(run, step, getWork(in), getSettlement(in), in.getDoubles());
          case UPDATE ->
              new Message.Update(
                  run,
                  step,
                  exchange,
                  in.getLong(),
                  in.getDouble(),
                  in.getDouble(),
                  in.getFloats(),
                  in.getOneOf(Message.Report.values()));
          case COLLECT -> new Message.Collect(run, step, getSettlement(in));
          case SETTLE -> new Message.Settle(run, step, getSettlement(in));
          default -> throw WireReader.foreign("kind " + kind);
        };
    in.end();
    return message;
  }

  /**
   * Reads nodes back, in fresh memory.
   *
   * @param bytes what {@link #encode(List)} gave; position and limit stay as they are
   * @throws IllegalArgumentException if they are anything else
   */
  public static List<Node> decodeNodes(ByteBuffer bytes) {
    return decodeNodes(bytes, Tensor::zeros);
  }

  /**
   * Reads nodes back.
   *
   * @param bytes what {@link #encode(List)} gave; position and limit stay as they are
   * @param memory where gradients go: from a size to a tensor of that size
   * @throws IllegalArgumentException if they are anything else
   */
  public static List<Node> decodeNodes(ByteBuffer bytes, IntFunction<Tensor> memory) {
    return unpackNodes(new Parcel(bytes, List.of()), memory);
  }

  /**
   * Reads nodes back; their long tensors are those of the parcel.
   *
   * @param parcel what {@link #pack(List)} gave; position and limit stay as they are
   * @param memory where other gradients go: from a size to a tensor of that size
   * @throws IllegalArgumentException if it is anything else
   */
  public static List<Node> unpackNodes(Parcel parcel, IntFunction<Tensor> memory) {
    WireReader in = open(parcel, memory);
    byte kind = in.getByte();
    if (kind != NODES) {
      throw WireReader.foreign("kind " + kind);
    }
    List<Node> nodes = in.getList(NODE_HEAD, () -> getNode(in));
    in.end();
    return nodes;
  }

  private static Node getNode(WireReader in) {
    int level = in.getInt();
    int index = in.getInt();
    long[] nanos = in.getLongs();
    return new Node(level, index, getContribution(in), ShardTimes.ofNanos(nanos));
  }

  private static WireReader open(Parcel parcel, IntFunction<Tensor> memory) {
    WireReader in = new WireReader(parcel, memory);
    byte version = in.getByte();
    if (version != VERSION) {
      throw WireReader.foreign("version " + version + " instead of " + VERSION);
    }
    return in;
  }

  private static void put(WireWriter out, Message.Settlement settlement) {
    out.putByte(settlement.weights().ordinal()).putFloats(settlement.batchNormParameters());
    out.putDouble(settlement.weightInAverage());
  }

  private static Message.Settlement getSettlement(WireReader in) {
    return new Message.Settlement(
        in.getOneOf(Message.Weights.values()), in.getFloats(), in.getDouble());
  }

  /** Which, and three numbers. */
  private static void put(WireWriter out, Work work) {
    if (work instanceof Work.Batch batch) {
      out.putByte(BATCH).putLong(batch.epoch()).putLong(batch.batch()).putLong(batch.batches());
    } else if (work instanceof Work.Diagnosis batch) {
      out.putByte(DIAGNOSIS).putLong(batch.epoch()).putLong(batch.batch()).putLong(batch.batches());
    } else if (work instanceof Work.Evaluation evaluation) {
      out.putByte(EVALUATION).putLong(evaluation.part().ordinal()).putLong(0).putLong(0);
    } else if (work instanceof Work.Statistics statistics) {
      out.putByte(STATISTICS).putLong(statistics.batchNorm()).putLong(0).putLong(0);
    }
  }

  private static Work getWork(WireReader in) {
    byte kind = in.getByte();
    long a = in.getLong();
    long b = in.getLong();
    long c = in.getLong();
    return switch (kind) {
      case BATCH -> new Work.Batch(a, b, c);
      case DIAGNOSIS -> new Work.Diagnosis(a, b, c);
      case EVALUATION -> {
        WireReader.check(a >= 0 && a < Work.Part.values().length);
        yield new Work.Evaluation(Work.Part.values()[(int) a]);
      }
      case STATISTICS -> {
        WireReader.check(a >= 0 && a <= Integer.MAX_VALUE);
        yield new Work.Statistics((int) a);
      }
      default -> throw WireReader.foreign("work " + kind);
    };
  }

  private static void put(WireWriter out, Contribution contribution) {
    if (contribution instanceof Contribution.Empty) {
      out.putByte(EMPTY);
    } else if (contribution instanceof Contribution.Sums sums) {
      out.putByte(SUMS).putDoubles(sums.values());
    } else if (contribution instanceof Contribution.Moments moments) {
      put(out.putByte(MOMENTS), moments);
    } else if (contribution instanceof Contribution.Counted counted) {
      out.putByte(COUNTED).putDoubles(counted.values()).putInt(counted.tallies().size());
      counted.tallies().forEach(out::putTally);
    } else if (contribution instanceof Contribution.Gradients gradients) {
      out.putByte(GRADIENTS).putTensor(gradients.weights()).putDoubles(gradients.values());
      out.putInt(gradients.moments().size());
      gradients.moments().forEach(moments -> put(out, moments));
    } else if (contribution instanceof Contribution.Slice slice) {
      out.putByte(SLICE).putFloats(slice.batchNormParameters()).putDoubles(slice.sums());
      out.putInt(slice.arrays().size());
      slice.arrays().forEach(out::putTensor);
    }
  }

  /** The channels, then the numbers. */
  private static void put(WireWriter out, Contribution.Moments moments) {
    out.putInt(moments.channels()).putDoubles(moments.values());
  }

  private static Contribution getContribution(WireReader in) {
    byte kind = in.getByte();
    return switch (kind) {
      case EMPTY -> Contribution.EMPTY;
      case SUMS -> new Contribution.Sums(in.getDoubles());
      case MOMENTS -> getMoments(in);
      case COUNTED -> new Contribution.Counted(in.getDoubles(), in.getList(LENGTH, in::getTally));
      case GRADIENTS ->
          new Contribution.Gradients(
              in.getTensor(), in.getDoubles(), in.getList(LENGTH, () -> getMoments(in)));
      case SLICE ->
          new Contribution.Slice(
              in.getFloats(), in.getDoubles(), in.getList(LENGTH, in::getTensor));
      default -> throw WireReader.foreign("contribution " + kind);
    };
  }

  private static Contribution.Moments getMoments(WireReader in) {
    int channels = in.getInt();
    double[] values = in.getDoubles();
    WireReader.check(channels > 0 && values.length % ChannelMoments.length(channels) == 0);
    return new Contribution.Moments(values, channels);
  }
}
