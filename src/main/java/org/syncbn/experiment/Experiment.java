package org.syncbn.experiment;

/** A claim of the literature that can be tried on this system. Immutable. */
interface Experiment {

  /** The word on the command line, and the name of the run file among the resources. */
  String name();

  /** Trains what shows whether the claim holds, and measures it. */
  Findings run(Lab lab);
}
