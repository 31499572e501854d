package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;

/** A connection to a coordinator in the same JVM: everything is passed by reference. */
record LocalConnection(Coordinator coordinator) implements Connection {

  private record LocalReply(CompletableFuture<Optional<Message>> next) implements Reply {
    @Override
    public void send(EncodedMessage message) {
      next.complete(Optional.of(message.message()));
    }

    @Override
    public void end() {
      next.complete(Optional.empty());
    }

    @Override
    public void fail(GangFailure failure) {
      next.completeExceptionally(failure);
    }
  }

  @Override
  public void join(Membership membership, CompletableFuture<Optional<Message>> next) {
    coordinator.join(this, membership, new LocalReply(next));
  }

  @Override
  public void post(List<Node> nodes, CompletableFuture<Optional<Message>> next) {
    coordinator.post(this, nodes, new LocalReply(next));
  }

  @Override
  public void fail(GangFailure failure) {
    coordinator.fail(failure);
  }

  @Override
  public void close() {}
}
