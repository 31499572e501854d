package org.syncbn.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Profiles training threads by sampling their stacks every few milliseconds: a sample counts for
 * the innermost frame that belongs to a known part.
 *
 * <p>Samples are taken at safepoints, so short loops count for what follows them; parts that take
 * long are right to a few percent.
 */
final class StepProfile implements AutoCloseable {

  private static final long EVERY_MILLIS = 3;

  /** Parts of a step, by what their frames' classes or methods are called. */
  private enum Part {
    GEMM("gemm", ".Gemm", "BlasProduct", "NetlibProduct"),
    BATCH_NORM("batch norm", ".norm.", "StepSynchronization"),
    MERGE("merge", ".Contribution", "ShardForest", "GradientSums", "Tensor.add"),
    DATA("data", ".data.", "train.Rows"),
    OPTIMIZER("optimizer", ".optim."),
    WAITS("waits", "awaitPhase", "awaitOthers"),
    ELEMENT_WISE("element-wise", ".nn."),
    REST("rest", "");

    private final String label;
    private final String[] marks;

    Part(String label, String... marks) {
      this.label = label;
      this.marks = marks;
    }

    boolean owns(String frame) {
      for (String mark : marks) {
        if (frame.contains(mark)) {
          return true;
        }
      }
      return false;
    }
  }

  private final Thread driver;
  private final long[] samples = new long[Part.values().length];
  private Thread sampler;
  private volatile boolean stopping;

  StepProfile(Thread driver) {
    this.driver = driver;
  }

  void start() {
    sampler = new Thread(this::sample, "step-profile");
    sampler.setDaemon(true);
    sampler.start();
  }

  /** Part to its share of all threads' time. */
  Map<String, Double> shares() {
    long all = 0;
    for (long count : samples) {
      all += count;
    }
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Part part : Part.values()) {
      shares.put(part.label, all == 0 ? 0 : (double) samples[part.ordinal()] / all);
    }
    return shares;
  }

  @Override
  public void close() {
    stopping = true;
    if (sampler != null) {
      try {
        sampler.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void sample() {
    while (!stopping) {
      Thread.getAllStackTraces()
          .forEach(
              (thread, stack) -> {
                if (thread == driver || thread.getName().startsWith("shards-")) {
                  samples[part(stack).ordinal()]++;
                }
              });
      LockSupport.parkNanos(EVERY_MILLIS * 1_000_000);
    }
  }

  private static Part part(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName() + "." + frame.getMethodName();
      for (Part part : Part.values()) {
        if (part != Part.REST && part.owns(name)) {
          return part;
        }
      }
    }
    return Part.REST;
  }
}
