package org.syncbn.experiment;

import java.util.List;

/** All experiments, in the order of the articles. */
final class Experiments {

  /** In the order in which {@code all} runs them. */
  static final List<Experiment> ALL =
      List.of(new Convergence(), new Smoothness(), new Partitions(), new DomainShift());

  private Experiments() {}
}
