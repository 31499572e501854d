package org.syncbn.spark.sync;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.train.WireFormat;

/**
 * The calls of a gang, and replies that are no messages. The first byte of a call says which it is;
 * a {@link WireFormat} begins with none of them.
 *
 * <pre>
 *            1 byte
 *           +-----------+-------------+
 * to the    | JOIN      | membership  |                       reply: roster, when all have joined
 * driver    +-----------+-------------+
 *           | READY     |                                     reply: the next message, or nothing
 *           +-----------+-------+------+--------+
 *           | FAIL      | 0, 1  | lost | reason |             reply: nothing
 *           +-----------+-------+------+--------+
 *           | nodes in their wire form                 |      reply: the next message, or nothing
 *           +-----------+------------+-----------------+
 * to an     | GRADIENTS | number (8) | nodes           |      reply: nothing
 * executor  +-----------+------------+-----------------+
 *           | WEIGHTS   | number (8) | nodes           |      reply: nothing
 *           +-----------+------------+-----------------+
 *
 * membership  | tasks: n (4), 4n | port (4) | host | kernels | executor |   text: n (4), UTF-8
 * roster      | n (4) | membership, n times |
 * lost        an executor, or none                                             text
 * reason      in a sentence                                                    text
 * number      of the last message that the sender's shards had answered
 * </pre>
 */
final class GangCalls {

  static final byte JOIN = -1;
  static final byte FAIL = -2;
  static final byte READY = -3;
  static final byte GRADIENTS = -4;
  static final byte WEIGHTS = -5;

  /** The reply of a gang that has ended, and of calls that have none. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private static final int PART_HEAD = 1 + Long.BYTES;

  private GangCalls() {}

  static ByteBuffer nothing() {
    return NOTHING.duplicate();
  }

  static byte kind(ByteBuffer call) {
    return call.get(call.position());
  }

  static ByteBuffer ready() {
    return ByteBuffer.allocate(1).put(READY).flip();
  }

  static ByteBuffer join(Membership membership) {
    return put(ByteBuffer.allocate(1 + size(membership)).put(JOIN), membership).flip();
  }

  static Membership readJoin(ByteBuffer call) {
    return getMembership(afterKind(call));
  }

  static ByteBuffer roster(List<Membership> members) {
    int size = 4 + members.stream().mapToInt(GangCalls::size).sum();
    ByteBuffer out = ByteBuffer.allocate(size).putInt(members.size());
    members.forEach(member -> put(out, member));
    return out.flip();
  }

  static List<Membership> readRoster(ByteBuffer reply) {
    ByteBuffer in = reply.duplicate();
    List<Membership> members = new ArrayList<>();
    for (int count = in.getInt(); count > 0; count--) {
      members.add(getMembership(in));
    }
    return List.copyOf(members);
  }

  static ByteBuffer fail(GangFailure failure) {
    String lost = failure.lostExecutor().orElse("");
    String reason = failure.getMessage();
    ByteBuffer out = ByteBuffer.allocate(2 + 2 * 4 + utf8(lost).length + utf8(reason).length);
    out.put(FAIL).put((byte) (failure.isPermanent() ? 1 : 0));
    putText(out, lost);
    putText(out, reason);
    return out.flip();
  }

  static GangFailure readFailure(ByteBuffer call) {
    ByteBuffer in = afterKind(call);
    boolean permanent = in.get() == 1;
    String lost = getText(in);
    return new GangFailure(getText(in), permanent, lost);
  }

  /** Nodes from executor to executor. */
  static ByteBuffer part(byte kind, long number, ByteBuffer nodes) {
    return ByteBuffer.allocate(PART_HEAD + nodes.remaining())
        .put(kind)
        .putLong(number)
        .put(nodes.duplicate())
        .flip();
  }

  static long numberOfPart(ByteBuffer call) {
    return call.getLong(call.position() + 1);
  }

  static ByteBuffer nodesOfPart(ByteBuffer call) {
    return call.duplicate().position(call.position() + PART_HEAD);
  }

  private static ByteBuffer afterKind(ByteBuffer call) {
    return call.duplicate().position(call.position() + 1);
  }

  private static int size(Membership member) {
    int texts =
        utf8(member.host()).length + utf8(member.kernels()).length + utf8(member.executor()).length;
    return 4 + 4 * member.tasks().size() + 4 + 3 * 4 + texts;
  }

  private static ByteBuffer put(ByteBuffer out, Membership member) {
    out.putInt(member.tasks().size());
    member.tasks().forEach(out::putInt);
    out.putInt(member.port());
    putText(out, member.host());
    putText(out, member.kernels());
    putText(out, member.executor());
    return out;
  }

  private static Membership getMembership(ByteBuffer in) {
    List<Integer> tasks = new ArrayList<>();
    for (int count = in.getInt(); count > 0; count--) {
      tasks.add(in.getInt());
    }
    int port = in.getInt();
    String host = getText(in);
    String kernels = getText(in);
    return new Membership(getText(in), tasks, kernels, host, port);
  }

  private static void putText(ByteBuffer out, String text) {
    byte[] bytes = utf8(text);
    out.putInt(bytes.length).put(bytes);
  }

  private static String getText(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
