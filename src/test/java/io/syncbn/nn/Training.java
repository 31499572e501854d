package io.syncbn.nn;

import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.BatchSlice;
import io.syncbn.optim.Optimizer;
import io.syncbn.optim.Segment;
import io.syncbn.optim.Transform;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The smallest training loop: some shards in one thread, merged left to right. */
final class Training {

  final Network network;
  final Evaluation evaluation;
  final Optimizer optimizer;
  final Tensor weights;
  final CounterRandom random = CounterRandom.of(99);
  List<BatchNormState> states;
  Tensor gradients; // of the mean loss
  double[] sums;
  List<float[]> outputs = new ArrayList<>();

  Training(Network network, Loss loss, List<Metric> metrics, List<Transform> transforms) {
    this.network = network;
    this.evaluation = Evaluation.of(network, loss, metrics);
    this.optimizer = new Optimizer(transforms, segments(network));
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
  StepAgreements gradients(Batch batch, int... cuts) {
    int rows = batch.rows();
    List<TrainingPass> passes = new ArrayList<>();
    List<double[]> contributions = new ArrayList<>();
    for (int shard = 0; shard <= cuts.length; shard++) {
      int from = shard == 0 ? 0 : cuts[shard - 1];
      int to = shard == cuts.length ? rows : cuts[shard];
      if (from == to) {
        continue;
      }
      TrainingPass pass = new TrainingPass(network, evaluation, to - from + 1);
      float[] rowWeights = new float[to - from];
      for (int i = from; i < to; i++) {
        rowWeights[i - from] = (float) batch.weight(i);
      }
      Batch part =
          Batch.of(batch.inputs().rows(from, to), batch.targets().rows(from, to), rowWeights);
      contributions.add(pass.start(part, new BatchSlice(from, rows), weights, states, random));
      passes.add(pass);
    }
    StepAgreements step = new StepAgreements(network, states, rows);
    int exchanges = 1;
    while (!passes.get(0).isFinished()) {
      double[] merged = merge(contributions);
      step.add(merged);
      for (int i = 0; i < passes.size(); i++) {
        contributions.set(i, passes.get(i).resume(merged));
      }
      exchanges++;
    }
    if (exchanges != network.exchanges()) {
      throw new AssertionError(exchanges + " exchanges, not " + network.exchanges());
    }
    sums = merge(contributions);
    gradients = Tensor.zeros(network.weightCount());
    outputs.clear();
    for (TrainingPass pass : passes) {
      for (int i = 0; i < gradients.size(); i++) {
        gradients.set(i, gradients.get(i) + pass.gradients().get(i));
      }
      outputs.add(pass.output().toArray());
    }
    step.finish(gradients, evaluation.weight(sums), weights);
    return step;
  }

  void step(Batch batch, int... cuts) {
    StepAgreements step = gradients(batch, cuts);
    optimizer.step(weights, gradients, evaluation.weight(sums));
    states = step.commit(weights);
  }

  float[] gradient(String name) {
    float[] values = network.parameter(name).read(gradients);
    for (int i = 0; i < values.length; i++) {
      values[i] /= (float) evaluation.weight(sums);
    }
    return values;
  }

  private static double[] merge(List<double[]> contributions) {
    double[] sum = contributions.get(0).clone();
    for (double[] other : contributions.subList(1, contributions.size())) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += other[i];
      }
    }
    return sum;
  }
}
