package org.syncbn.nn;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Segment;
import org.syncbn.optim.Transform;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** The smallest training loop: some shards in one thread, merged left to right. */
final class Training {

  final Network network;
  final Measures measures;
  final Optimizer optimizer;
  final Tensor weights;
  final CounterRandom random = CounterRandom.of(99);
  List<BatchNormState> states;
  Tensor gradients; // of the mean loss
  double[] sums;
  float[] output;
  MicroBatches microBatches = MicroBatches.NONE;
  long activationBytes;
  private final Map<List<Integer>, TrainingPass> passes = new HashMap<>(); // by shards and rows

  Training(Network network, Loss loss, List<Metric> metrics, List<Transform> transforms) {
    this(network, loss, metrics, transforms, segments(network));
  }

  Training(
      Network network,
      Loss loss,
      List<Metric> metrics,
      List<Transform> transforms,
      List<Segment> segments) {
    this.network = network;
    this.measures = Measures.of(network, loss, metrics);
    this.optimizer = new Optimizer(transforms, segments);
    this.weights = network.initialWeights();
    this.states = network.initialStates(weights);
  }

  static List<Segment> segments(Network network) {
    return network.parameters().stream()
        .map(
            block ->
                new Segment(
                    block.name(),
                    block.offset(),
                    block.size(),
                    block.trained(),
                    block.role() == ParameterBlock.Role.WEIGHT))
        .toList();
  }

  /** Forward and backward; cuts are the first rows of the shards after the first one. */
  StepSynchronization gradients(Batch batch, int... cuts) {
    int rows = batch.rows();
    int[] shardRows = new int[cuts.length + 1];
    for (int shard = 0; shard < shardRows.length; shard++) {
      int from = shard == 0 ? 0 : cuts[shard - 1];
      shardRows[shard] = (shard == cuts.length ? rows : cuts[shard]) - from;
    }
    TrainingPass pass =
        passes.computeIfAbsent(
            List.of(shardRows.length, rows),
            size -> new TrainingPass(network, measures, 0, size.get(0), rows + 1, microBatches));
    pass.start(batch, shardRows, BatchSlice.whole(rows), weights, states, random);
    StepSynchronization step = new StepSynchronization(network, states, rows);
    int exchanges = 1;
    while (!pass.isFinished()) {
      double[] merged = merge(pass, shardRows);
      step.add(merged);
      pass.resume(merged);
      exchanges++;
    }
    if (exchanges != network.exchanges()) {
      throw new AssertionError(exchanges + " exchanges, not " + network.exchanges());
    }
    sums = merge(pass, shardRows);
    gradients = Tensor.zeros(network.weightCount());
    for (TrainingPass.Gradients some : pass.gradients()) {
      for (int i = 0; i < some.values().size(); i++) {
        gradients.set(i, gradients.get(i) + some.values().get(i));
      }
    }
    output = pass.output().toArray();
    activationBytes = pass.activationBytes();
    step.finish(gradients, measures.weight(sums), weights);
    return step;
  }

  void step(Batch batch, int... cuts) {
    StepSynchronization step = gradients(batch, cuts);
    optimizer.step(weights, gradients, measures.weight(sums));
    states = step.commit(weights);
  }

  float[] gradient(String name) {
    float[] values = network.parameter(name).read(gradients);
    for (int i = 0; i < values.length; i++) {
      values[i] /= (float) measures.weight(sums);
    }
    return values;
  }

  static double[] merge(TrainingPass pass, int[] shardRows) {
    double[] sum = new double[0];
    for (int shard = 0; shard < shardRows.length; shard++) {
      if (shardRows[shard] == 0) {
        continue;
      }
      double[] mine = pass.contribution(shard);
      if (sum.length == 0) {
        sum = mine.clone();
      } else if (pass.momentChannels() > 0) {
        ChannelMoments.join(sum, mine, pass.momentChannels());
      } else {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += mine[i];
        }
      }
    }
    return sum;
  }
}
