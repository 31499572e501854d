package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.tensor.Gemm;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;

/** The driver keeps the weights: it gets all that is merged here. */
final class StarUplink implements Uplink {

  private final String executor;
  private final Connection connection;

  StarUplink(String executor, Connection connection) {
    this.executor = executor;
    this.connection = connection;
  }

  @Override
  public void begin(List<Integer> tasks, CompletableFuture<Optional<Message>> next) {
    CompletableFuture<List<Membership>> roster = new CompletableFuture<>();
    roster.whenComplete(
        (members, failure) -> {
          if (failure == null) {
            connection.ready(next);
          } else {
            next.completeExceptionally(failure);
          }
        });
    connection.join(new Membership(executor, tasks, Gemm.description()), roster);
  }

  @Override
  public void exchange(
      long number,
      List<Node> nodes,
      Runnable meanwhile,
      CompletableFuture<Optional<Message>> next) {
    connection.post(nodes, next);
    meanwhile.run();
  }

  @Override
  public void depart(long number, int exchange, List<Node> nodes) {
    throw new IllegalStateException("the driver gets all gradients with the last answer of a step");
  }

  @Override
  public void fail(GangFailure failure) {
    connection.fail(failure);
  }

  @Override
  public void close() {
    connection.close();
  }
}
