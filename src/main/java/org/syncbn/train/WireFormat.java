package org.syncbn.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.syncbn.nn.Tally;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.tensor.Tensor;

/**
 * The one form of messages and contributions outside a JVM: flat primitive arrays, little-endian,
 * with a version in front. Pure functions; no Java serialization.
 */
public final class WireFormat {

  private static final byte VERSION = 2;

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
  private static final byte MOMENTS = 4;
  private static final byte COUNTED = 5;

  private static final int HEAD = 2; // version, kind
  private static final int MESSAGE_HEAD = HEAD + 8 + 8 + 4; // run, step, exchange
  private static final int WORK = 1 + 3 * 8; // which, and three numbers
  private static final int NODE_HEAD = 4 + 4 + 4 + 1; // level, index, times, which contribution

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
    Stream<Tensor> tensors =
        message instanceof Message.Begin begin ? Stream.of(begin.weights()) : Stream.of();
    return new Parcel(encode(message, LEAST_ASIDE), aside(tensors));
  }

  /** Nodes of a {@link ShardForest} in parts. */
  public static Parcel pack(List<ShardForest.Node> nodes) {
    Stream<Tensor> tensors =
        nodes.stream()
            .map(ShardForest.Node::contribution)
            .filter(Contribution.Gradients.class::isInstance)
            .map(contribution -> ((Contribution.Gradients) contribution).weights());
    return new Parcel(encode(nodes, LEAST_ASIDE), aside(tensors));
  }

  private static List<Tensor> aside(Stream<Tensor> tensors) {
    return tensors.filter(tensor -> tensor.size() >= LEAST_ASIDE).toList();
  }

  /** A message as bytes from position 0 to the limit of a fresh heap buffer. */
  public static ByteBuffer encode(Message message) {
    return encode(message, NEVER_ASIDE);
  }

  private static ByteBuffer encode(Message message, int aside) {
    if (message instanceof Message.Begin begin) {
      int size = MESSAGE_HEAD + WORK + size(begin.weights(), aside) + size(begin.statistics());
      ByteBuffer out = messageHead(size, BEGIN, message);
      put(out, begin.work());
      put(out, begin.weights(), aside);
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
    return encode(nodes, NEVER_ASIDE);
  }

  private static ByteBuffer encode(List<ShardForest.Node> nodes, int aside) {
    int size = HEAD + 4;
    for (ShardForest.Node node : nodes) {
      int times = node.times().shards() * Long.BYTES;
      size = Math.addExact(size, NODE_HEAD + times + size(node.contribution(), aside));
    }
    ByteBuffer out = allocate(size).put(VERSION).put(NODES).putInt(nodes.size());
    for (ShardForest.Node node : nodes) {
      out.putInt(node.level()).putInt(node.index());
      put(out, node.times());
      put(out, node.contribution(), aside);
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
    ByteBuffer in = open(parcel.bytes, MESSAGE_HEAD);
    Iterator<Tensor> aside = parcel.tensors.iterator();
    byte kind = in.get();
    long run = in.getLong();
    long step = in.getLong();
    int exchange = in.getInt();
    Message message =
        switch (kind) {
          case BEGIN ->
              new Message.Begin(
                  run, step, getWork(in), getTensor(in, memory, aside), getDoubles(in));
          case AGREED -> new Message.Agreed(run, step, exchange, getDoubles(in));
          default -> throw foreign("kind " + kind);
        };
    check(!in.hasRemaining() && !aside.hasNext());
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
    return unpackNodes(new Parcel(bytes, List.of()), memory);
  }

  /**
   * Reads nodes back; their long tensors are those of the parcel.
   *
   * @param parcel what {@link #pack(List)} gave; position and limit stay as they are
   * @param memory where other gradients go: from a size to a tensor of that size
   * @throws IllegalArgumentException if it is anything else
   */
  public static List<ShardForest.Node> unpackNodes(Parcel parcel, IntFunction<Tensor> memory) {
    ByteBuffer in = open(parcel.bytes, HEAD + 4);
    Iterator<Tensor> aside = parcel.tensors.iterator();
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
      nodes.add(new ShardForest.Node(level, index, getContribution(in, memory, aside), times));
    }
    check(!in.hasRemaining() && !aside.hasNext());
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

  private static int size(Contribution contribution, int aside) {
    if (contribution instanceof Contribution.Sums sums) {
      return size(sums.values());
    }
    if (contribution instanceof Contribution.Moments moments) {
      return size(moments);
    }
    if (contribution instanceof Contribution.Counted counted) {
      int tallies = counted.tallies().stream().mapToInt(Tally::bytes).reduce(4, Math::addExact);
      return Math.addExact(size(counted.values()), tallies);
    }
    if (contribution instanceof Contribution.Gradients gradients) {
      int size = Math.addExact(size(gradients.weights(), aside), size(gradients.values()));
      return gradients.moments().stream()
          .mapToInt(WireFormat::size)
          .reduce(size + 4, Math::addExact);
    }
    return 0;
  }

  private static void put(ByteBuffer out, Contribution contribution, int aside) {
    if (contribution instanceof Contribution.Empty) {
      out.put(EMPTY);
    } else if (contribution instanceof Contribution.Sums sums) {
      put(out.put(SUMS), sums.values());
    } else if (contribution instanceof Contribution.Counted counted) {
      put(out.put(COUNTED), counted.values());
      out.putInt(counted.tallies().size());
      counted.tallies().forEach(tally -> tally.write(out));
    } else if (contribution instanceof Contribution.Gradients gradients) {
      put(out.put(GRADIENTS), gradients.weights(), aside);
      put(out, gradients.values());
      out.putInt(gradients.moments().size());
      gradients.moments().forEach(moments -> put(out, moments));
    } else if (contribution instanceof Contribution.Moments moments) {
      put(out.put(MOMENTS), moments);
    }
  }

  private static Contribution getContribution(
      ByteBuffer in, IntFunction<Tensor> memory, Iterator<Tensor> aside) {
    byte kind = in.get();
    return switch (kind) {
      case EMPTY -> Contribution.EMPTY;
      case SUMS -> new Contribution.Sums(getDoubles(in));
      case MOMENTS -> getMoments(in);
      case GRADIENTS ->
          new Contribution.Gradients(
              getTensor(in, memory, aside),
              getDoubles(in),
              Stream.generate(() -> getMoments(in)).limit(getCount(in, 8)).toList());
      case COUNTED -> new Contribution.Counted(getDoubles(in), getTallies(in));
      default -> throw foreign("contribution " + kind);
    };
  }

  private static int size(Contribution.Moments moments) {
    return Math.addExact(4, size(moments.values()));
  }

  /** The channels, then the numbers. */
  private static void put(ByteBuffer out, Contribution.Moments moments) {
    put(out.putInt(moments.channels()), moments.values());
  }

  private static Contribution.Moments getMoments(ByteBuffer in) {
    check(in.remaining() >= 4);
    int channels = in.getInt();
    double[] values = getDoubles(in);
    check(channels > 0 && values.length % ChannelMoments.length(channels) == 0);
    return new Contribution.Moments(values, channels);
  }

  private static List<Tally> getTallies(ByteBuffer in) {
    List<Tally> tallies = new ArrayList<>();
    for (int count = getCount(in, Integer.BYTES); count > 0; count--) {
      tallies.add(Tally.read(in));
    }
    return tallies;
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

  private static int size(Tensor values, int aside) {
    return values.size() >= aside
        ? 4
        : Math.addExact(4, Math.multiplyExact(values.size(), Float.BYTES));
  }

  /** The size, then the numbers; the complement of the size if they are left out. */
  private static void put(ByteBuffer out, Tensor values, int aside) {
    if (values.size() >= aside) {
      out.putInt(~values.size());
      return;
    }
    out.putInt(values.size());
    values.read(0, out.asFloatBuffer().limit(values.size()));
    out.position(out.position() + values.size() * Float.BYTES);
  }

  private static Tensor getTensor(
      ByteBuffer in, IntFunction<Tensor> memory, Iterator<Tensor> aside) {
    check(in.remaining() >= 4);
    int head = in.getInt();
    if (head < 0) {
      check(aside.hasNext());
      Tensor values = aside.next();
      check(values.size() == ~head);
      return values;
    }
    int size = checkCount(in, head, Float.BYTES);
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

  private static IllegalArgumentException foreign(String what) {
    return new IllegalArgumentException("not a message of this program's exchanges: " + what);
  }
}
