package org.syncbn.spark.sync;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;

/** Takes calls with the tensors that are sent ahead of them, those of each sender in an inbox. */
abstract class ReceivingHandler extends RpcHandler {

  private final Map<TransportClient, Inbox> inboxes = new ConcurrentHashMap<>();
  private final StreamManager streams = new OneForOneStreamManager();
  private final IntSupplier lives;

  /**
   * A handler to which nobody has sent anything.
   *
   * @param lives as of an {@link Inbox}, when a sender first sends something
   */
  ReceivingHandler(IntSupplier lives) {
    this.lives = lives;
  }

  final Inbox inbox(TransportClient sender) {
    return inboxes.computeIfAbsent(sender, unused -> new Inbox(lives.getAsInt()));
  }

  @Override
  public StreamCallbackWithID receiveStream(
      TransportClient sender, ByteBuffer head, RpcResponseCallback callback) {
    return inbox(sender).receive(head);
  }

  @Override
  public void channelInactive(TransportClient sender) {
    inboxes.remove(sender);
  }

  @Override
  public StreamManager getStreamManager() {
    return streams;
  }
}
