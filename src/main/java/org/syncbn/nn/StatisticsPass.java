package org.syncbn.nn;

import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.ChannelAffine;
import org.syncbn.norm.ChannelLayout;
import org.syncbn.norm.PreciseStatistics;
import org.syncbn.norm.RowWeights;
import org.syncbn.tensor.Tensor;

/**
 * One shard's moments of what reaches a batch norm from any number of rows, for the statistics of a
 * whole dataset: no dropout, and the batch norms before it with the statistics of their states,
 * whatever they would evaluate with.
 *
 * <p>Memory is made once, for the largest block of rows. Not thread-safe: one thread at a time.
 */
public final class StatisticsPass {

  private final Network network;
  private final ForwardPass pass;
  private int batchNorm;
  private List<ChannelAffine> before = List.of();
  private PreciseStatistics statistics;
  private Batch batch;

  /**
   * Prepares memory.
   *
   * @param maximumRows the most rows of one block
   */
  public StatisticsPass(Network network, int maximumRows) {
    this.network = network;
    this.pass = new ForwardPass(network, maximumRows);
  }

  /**
   * Forgets all blocks.
   *
   * @param batchNorm which of the network's batch norms
   * @param weights all weights; read until the last block // [weights]
   * @param states the batch norms, with the gamma and beta of the weights
   */
  public void begin(int batchNorm, Tensor weights, List<BatchNormState> states) {
    this.batchNorm = batchNorm;
    pass.context.weights = weights;
    before =
        IntStream.range(0, batchNorm)
            .mapToObj(i -> network.batchNorms().get(i).inference(states.get(i)))
            .toList();
    statistics = new PreciseStatistics(network.batchNorms().get(batchNorm));
  }

  /** Adds the inputs of a block of rows, with their weights. */
  public void add(Batch rows) {
    batch = rows;
    pass.run(rows.inputs(), this::addOrNormalize);
  }

  private boolean addOrNormalize(Node node, ChannelLayout layout, Tensor x, Tensor y) {
    if (node.batchNorm() == batchNorm) {
      RowWeights use = network.batchNorms().get(batchNorm).options().statistics().rowWeights();
      float[] weights = batch.statisticsWeights(use, 0, batch.rows());
      PlaceMask mask = pass.context.masks.of(node.x());
      statistics.add(x, layout, mask.weights(weights, 0, batch.rows()));
      return false;
    }
    before.get(node.batchNorm()).apply(x, layout, node.activation(), y);
    return true;
  }

  /** The moments of all blocks, a copy; see {@link PreciseStatistics#moments}. */
  public double[] moments() {
    return statistics.moments();
  }
}
