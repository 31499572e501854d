package org.syncbn.experiment;

import java.util.List;

/** All experiments, in the order of the articles. */
final class Experiments {

  /** In the order in which {@code all} runs them. */
  static final List<Experiment> ALL =
      List.of(
          new Convergence(),
          new Sigmoids(),
          new Initialization(),
          new Gradients(),
          new Scaling(),
          new Placement(),
          new Regularization(),
          new NoiseAfterNorm(),
          new CovariateShift(),
          new Smoothness(),
          new LargeBatch(),
          new Partitions(),
          new DomainShift(),
          new SmallBatch(),
          new OptimizerChoice());

  private Experiments() {}
}
