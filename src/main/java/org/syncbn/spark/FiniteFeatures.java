package org.syncbn.spark;

import java.util.List;

/** Takes features as float32, and rejects what a network cannot compute with. */
final class FiniteFeatures implements FeatureSink {

  /** Where a value goes. */
  interface Target {
    void put(int feature, float value);
  }

  private final List<FeatureColumn> columns;
  private final Target target;

  FiniteFeatures(List<FeatureColumn> columns, Target target) {
    this.columns = columns;
    this.target = target;
  }

  @Override
  public void add(int feature, double value) {
    float number = (float) value;
    target.put(
        feature, Float.isFinite(number) ? number : TargetColumn.finite(value, column(feature)));
  }

  @Override
  public void addNull(int feature) {
    throw TargetColumn.missing(column(feature));
  }

  private String column(int feature) {
    int end = 0;
    for (FeatureColumn column : columns) {
      end += column.width();
      if (feature < end) {
        return column.name();
      }
    }
    throw new IllegalArgumentException("no feature " + feature);
  }
}
