package org.syncbn.spark.sync;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.ShardForest;
import org.syncbn.train.WireFormat;

/** The result of a task of an exchange: nodes in their wire form, or why a shard failed. */
final class TaskAnswer implements Serializable {

  private static final long serialVersionUID = 1;

  private final byte[] nodes;
  private final String failure;

  private TaskAnswer(byte[] nodes, String failure) {
    this.nodes = nodes;
    this.failure = failure;
  }

  static TaskAnswer of(List<ShardForest.Node> nodes) {
    return new TaskAnswer(WireFormat.encode(nodes).array(), "");
  }

  static TaskAnswer failed(ShardFailure failure) {
    return new TaskAnswer(new byte[0], failure.getMessage());
  }

  boolean isFailure() {
    return nodes.length == 0;
  }

  int size() {
    return nodes.length;
  }

  /**
   * The nodes.
   *
   * @throws EngineException if a shard failed
   */
  List<ShardForest.Node> nodes(IntFunction<Tensor> memory) {
    if (isFailure()) {
      throw ShardFailure.onDriver(failure);
    }
    return WireFormat.decodeNodes(ByteBuffer.wrap(nodes), memory);
  }
}
