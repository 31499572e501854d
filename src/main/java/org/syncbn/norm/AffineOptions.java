package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.Initializer;

/**
 * Gamma or beta of a batch norm.
 *
 * @param parameter whether there is one, and whether it is trained
 * @param initializer its first values
 * @param regularizer the penalty on it
 * @param constraint where it is put back after an update
 */
public record AffineOptions(
    Parameter parameter, Initializer initializer, Regularizer regularizer, Constraint constraint)
    implements Serializable {

  /** A scale that is trained, from 1 on. */
  static final AffineOptions GAMMA =
      new AffineOptions(Parameter.TRAINED, Initializer.ones(), Regularizer.NONE, Constraint.NONE);

  /** A shift that is trained, from 0 on. */
  static final AffineOptions BETA = GAMMA.with(Initializer.zeros());

  AffineOptions with(Parameter value) {
    return new AffineOptions(value, initializer, regularizer, constraint);
  }

  AffineOptions with(Initializer value) {
    return new AffineOptions(parameter, value, regularizer, constraint);
  }

  AffineOptions with(Regularizer value) {
    return new AffineOptions(parameter, initializer, value, constraint);
  }

  AffineOptions with(Constraint value) {
    return new AffineOptions(parameter, initializer, regularizer, value);
  }
}
