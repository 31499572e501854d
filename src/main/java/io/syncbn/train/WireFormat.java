package io.syncbn.train;

import io.syncbn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The one form of messages and contributions outside a JVM: flat primitive arrays, little-endian,
 * with a version in front. Pure functions; no Java serialization.
 */
public final class WireFormat {

  private static final byte VERSION = 1;

  private static final byte BEGIN = 1;
  private static final byte AGREED = 2;
  private static final byte NODES = 3;

  private static final byte BATCH = 1;
  private static final byte EVALUATION = 2;
  private static final byte DIAGNOSIS = 3;
  private static final byte STATISTICS = 4;

  private static final byte EMPTY = 1;
  private static final byte SUMS = 2;
  private static final byte GRADIENTS = 3;

  private static final int HEAD = 2; // version, kind
  private static final int MESSAGE_HEAD = HEAD + 8 + 8 + 4; // run, step, exchange
  private static final int WORK = 1 + 3 * 8; // which, and three numbers
  private static final int NODE_HEAD = 4 + 4 + 4 + 1; // level, index, times, which contribution

  private WireFormat() {}

  /** A message as bytes from position 0 to the limit of a fresh heap buffer. */
  public static ByteBuffer encode(Message message) {
    if (message instanceof Message.Begin begin) {
      int size = MESSAGE_HEAD + WORK + size(begin.weights()) + size(begin.statistics());
      ByteBuffer out = messageHead(size, BEGIN, message);
      put(out, begin.work());
      put(out, begin.weights());
      put(out, begin.statistics());
      return out.flip();
    }
    Message.Agreed agreed = (Message.Agreed) message;
    ByteBuffer out = messageHead(MESSAGE_HEAD + size(agreed.values()), AGREED, message);
    put(out, agreed.values());
    return out.flip();
  }

  /**
   * Nodes of a {@link ShardForest} as bytes from position 0 to the limit of a fresh heap buffer.
   */
  public static ByteBuffer encode(List<ShardForest.Node> nodes) {
    int size = HEAD + 4;
    for (ShardForest.Node node : nodes) {
      int times = node.times().shards() * Long.BYTES;
      size = Math.addExact(size, NODE_HEAD + times + size(node.contribution()));
    }
    ByteBuffer out = allocate(size).put(VERSION).put(NODES).putInt(nodes.size());
    for (ShardForest.Node node : nodes) {
      out.putInt(node.level()).putInt(node.index());
      put(out, node.times());
      put(out, node.contribution());
    }
    return out.flip();
  }

  /**
   * Reads a message back, in fresh memory.
   *
   * @param bytes what {@link #encode(Message)} gave; position and limit stay as they are
   * @throws IllegalArgumentException if they are anything else
   */
  public static Message decodeMessage(ByteBuffer bytes) {
    return decodeMessage(bytes, Tensor::zeros);
  }

  /**
   * Reads a message back.
   *
   * @param bytes what {@link #encode(Message)} gave; position and limit stay as they are
   * @param memory where weights go: from a size to a tensor of that size
   * @throws IllegalArgumentException if they are anything else
   */
  public static Message decodeMessage(ByteBuffer bytes, IntFunction<Tensor> memory) {
    ByteBuffer in = open(bytes, MESSAGE_HEAD);
    byte kind = in.get();
    long run = in.getLong();
    long step = in.getLong();
    int exchange = in.getInt();
    Message message =
        switch (kind) {
          case BEGIN ->
              new Message.Begin(run, step, getWork(in), getTensor(in, memory), getDoubles(in));
          case AGREED -> new Message.Agreed(run, step, exchange, getDoubles(in));
          default -> throw foreign("kind " + kind);
        };
    checkEnd(in);
    return message;
  }

  /**
   * Reads nodes back, in fresh memory.
   *
   * @param bytes what {@link #encode(List)} gave; position and limit stay as they are
   * @throws IllegalArgumentException if they are anything else
   */
  public static List<ShardForest.Node> decodeNodes(ByteBuffer bytes) {
    return decodeNodes(bytes, Tensor::zeros);
  }

  /**
   * Reads nodes back.
   *
   * @param bytes what {@link #encode(List)} gave; position and limit stay as they are
   * @param memory where gradients go: from a size to a tensor of that size
   * @throws IllegalArgumentException if they are anything else
   */
  public static List<ShardForest.Node> decodeNodes(ByteBuffer bytes, IntFunction<Tensor> memory) {
    ByteBuffer in = open(bytes, HEAD + 4);
    byte kind = in.get();
    if (kind != NODES) {
      throw foreign("kind " + kind);
    }
    int count = checkCount(in, in.getInt(), NODE_HEAD);
    List<ShardForest.Node> nodes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      check(in.remaining() >= NODE_HEAD);
      int level = in.getInt();
      int index = in.getInt();
      ShardTimes times = getTimes(in);
      nodes.add(new ShardForest.Node(level, index, getContribution(in, memory), times));
    }
    checkEnd(in);
    return nodes;
  }

  private static ByteBuffer messageHead(int size, byte kind, Message message) {
    return allocate(size)
        .put(VERSION)
        .put(kind)
        .putLong(message.run())
        .putLong(message.step())
        .putInt(message.exchange());
  }

  private static void put(ByteBuffer out, Work work) {
    if (work instanceof Work.Batch batch) {
      out.put(BATCH).putLong(batch.epoch()).putLong(batch.batch()).putLong(batch.batches());
    } else if (work instanceof Work.Diagnosis batch) {
      out.put(DIAGNOSIS).putLong(batch.epoch()).putLong(batch.batch()).putLong(batch.batches());
    } else if (work instanceof Work.Evaluation evaluation) {
      out.put(EVALUATION).putLong(evaluation.part().ordinal()).putLong(0).putLong(0);
    } else if (work instanceof Work.Statistics statistics) {
      out.put(STATISTICS).putLong(statistics.batchNorm()).putLong(0).putLong(0);
    }
  }

  private static Work getWork(ByteBuffer in) {
    check(in.remaining() >= WORK);
    byte kind = in.get();
    long a = in.getLong();
    long b = in.getLong();
    long c = in.getLong();
    return switch (kind) {
      case BATCH -> new Work.Batch(a, b, c);
      case DIAGNOSIS -> new Work.Diagnosis(a, b, c);
      case EVALUATION -> {
        check(a >= 0 && a < Work.Part.values().length);
        yield new Work.Evaluation(Work.Part.values()[(int) a]);
      }
      case STATISTICS -> {
        check(a >= 0 && a <= Integer.MAX_VALUE);
        yield new Work.Statistics((int) a);
      }
      default -> throw foreign("work " + kind);
    };
  }

  private static void put(ByteBuffer out, ShardTimes times) {
    out.putInt(times.shards());
    for (int shard = 0; shard < times.shards(); shard++) {
      out.putLong(times.nanos(shard));
    }
  }

  private static ShardTimes getTimes(ByteBuffer in) {
    long[] nanos = new long[getCount(in, Long.BYTES)];
    in.asLongBuffer().get(nanos);
    in.position(in.position() + nanos.length * Long.BYTES);
    check(in.hasRemaining());
    return ShardTimes.ofNanos(nanos);
  }

  private static int size(Contribution contribution) {
    if (contribution instanceof Contribution.Sums sums) {
      return size(sums.values());
    }
    if (contribution instanceof Contribution.Gradients gradients) {
      return Math.addExact(size(gradients.weights()), size(gradients.values()));
    }
    return 0;
  }

  private static void put(ByteBuffer out, Contribution contribution) {
    if (contribution instanceof Contribution.Empty) {
      out.put(EMPTY);
    } else if (contribution instanceof Contribution.Sums sums) {
      put(out.put(SUMS), sums.values());
    } else if (contribution instanceof Contribution.Gradients gradients) {
      put(out.put(GRADIENTS), gradients.weights());
      put(out, gradients.values());
    }
  }

  private static Contribution getContribution(ByteBuffer in, IntFunction<Tensor> memory) {
    byte kind = in.get();
    return switch (kind) {
      case EMPTY -> Contribution.EMPTY;
      case SUMS -> new Contribution.Sums(getDoubles(in));
      case GRADIENTS -> new Contribution.Gradients(getTensor(in, memory), getDoubles(in));
      default -> throw foreign("contribution " + kind);
    };
  }

  private static int size(double[] values) {
    return Math.addExact(4, Math.multiplyExact(values.length, Double.BYTES));
  }

  private static void put(ByteBuffer out, double[] values) {
    out.putInt(values.length);
    out.asDoubleBuffer().put(values);
    out.position(out.position() + values.length * Double.BYTES);
  }

  private static double[] getDoubles(ByteBuffer in) {
    double[] values = new double[getCount(in, Double.BYTES)];
    in.asDoubleBuffer().get(values);
    in.position(in.position() + values.length * Double.BYTES);
    return values;
  }

  private static int size(Tensor values) {
    return Math.addExact(4, Math.multiplyExact(values.size(), Float.BYTES));
  }

  private static void put(ByteBuffer out, Tensor values) {
    out.putInt(values.size());
    values.read(0, out.asFloatBuffer().limit(values.size()));
    out.position(out.position() + values.size() * Float.BYTES);
  }

  private static Tensor getTensor(ByteBuffer in, IntFunction<Tensor> memory) {
    int size = getCount(in, Float.BYTES);
    Tensor values = memory.apply(size);
    values.write(0, in.asFloatBuffer().limit(size));
    in.position(in.position() + size * Float.BYTES);
    return values;
  }

  private static int getCount(ByteBuffer in, int bytesEach) {
    check(in.remaining() >= 4);
    return checkCount(in, in.getInt(), bytesEach);
  }

  private static int checkCount(ByteBuffer in, int count, int bytesEach) {
    check(count >= 0 && (long) count * bytesEach <= in.remaining());
    return count;
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer open(ByteBuffer bytes, int atLeast) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    check(in.remaining() >= atLeast);
    byte version = in.get();
    if (version != VERSION) {
      throw foreign("version " + version + " instead of " + VERSION);
    }
    return in;
  }

  private static void check(boolean fits) {
    if (!fits) {
      throw foreign("truncated or damaged");
    }
  }

  private static void checkEnd(ByteBuffer in) {
    check(!in.hasRemaining());
  }

  private static IllegalArgumentException foreign(String what) {
    return new IllegalArgumentException("not a message of this program's exchanges: " + what);
  }
}
