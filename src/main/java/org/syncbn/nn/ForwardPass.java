package org.syncbn.nn;

import java.util.List;
import org.syncbn.norm.ChannelLayout;
import org.syncbn.tensor.Tensor;

/**
 * A way forward through a network without dropout; what its batch norms do is the caller's. Memory
 * is made once. Not thread-safe: one thread at a time.
 */
final class ForwardPass {

  private final Network network;
  private final List<Layer> layers;
  private final ValueMemory memory;
  final PassContext context;

  /** Prepares memory for at most so many rows; the context's weights are the caller's to give. */
  ForwardPass(Network network, int maximumRows) {
    this.network = network;
    this.layers = Layer.of(network, maximumRows);
    this.memory = ValueMemory.forInference(network, layers, maximumRows);
    this.context = PassContext.evaluation();
    context.masks = memory.masks();
  }

  /** What happens at a batch norm. */
  interface AtBatchNorm {
    /** Writes y, and says whether to go on. */
    boolean pass(Node node, ChannelLayout layout, Tensor x, Tensor y);
  }

  List<Layer> layers() {
    return layers;
  }

  /** The outputs, if no batch norm ended the way; their memory is used again by the next run. */
  Tensor run(Tensor inputs, AtBatchNorm norms) {
    int rows = inputs.dimension(0);
    memory.begin(inputs, rows);
    memory.masks().begin(rows);
    context.beginWhole(rows);
    List<Node> nodes = network.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      if (node.isBatchNorm()) {
        Tensor x = memory.value(node.x());
        if (!norms.pass(node, PassNorms.layout(node, rows), x, memory.value(node.y()))) {
          break;
        }
        memory.mask(node);
      } else {
        memory.forward(i, context);
      }
    }
    return memory.value(network.outputValue());
  }
}
