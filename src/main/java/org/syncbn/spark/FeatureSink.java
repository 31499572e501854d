package org.syncbn.spark;

/** Takes the values of rows, feature by feature. */
interface FeatureSink {

  /** Takes a value of the feature with this index. */
  void add(int feature, double value);

  /** Takes a null of the feature with this index. */
  void addNull(int feature);
}
