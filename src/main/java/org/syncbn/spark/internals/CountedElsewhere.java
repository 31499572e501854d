package org.syncbn.spark.internals;

import org.apache.spark.util.KnownSizeEstimation;

/**
 * What Spark caches without counting the memory behind it: Spark takes it for a small object, and
 * does not look into it. So what is behind it on the heap comes on top of all that Spark keeps and
 * computes with, and who caches it sees to it that there is room.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public interface CountedElsewhere extends KnownSizeEstimation {

  /** What a few references take. */
  long SIZE = 256;

  @Override
  default long estimatedSize() {
    return SIZE;
  }
}
