package org.syncbn.spark.sync;

/**
 * What an engine's exchanges cost on a cluster: so much each, and so much per byte.
 *
 * @param kind the engine
 * @param microsPerExchange whatever its size
 * @param microsPerByte for a byte to and from every executor
 */
public record EngineCost(EngineKind kind, double microsPerExchange, double microsPerByte) {

  private static final int SMALL = 4 << 10;
  private static final int LARGE = 1 << 20;

  /**
   * Measures two sizes, and draws a line through their medians. Takes about a second.
   *
   * @param probe on the cluster in question
   */
  public static EngineCost measure(ExchangeProbe probe, EngineKind kind) {
    boolean jobs = kind == EngineKind.TREE;
    double small = median(probe.exchanges(kind, SMALL, jobs ? 4 : 200, jobs ? 9 : 200));
    double large = median(probe.exchanges(kind, LARGE, jobs ? 1 : 10, jobs ? 5 : 20));
    double microsPerByte = Math.max(0, large - small) / (2.0 * (LARGE - SMALL));
    return new EngineCost(kind, Math.max(0, small - 2.0 * SMALL * microsPerByte), microsPerByte);
  }

  private static double median(double[] ascending) {
    return ascending[ascending.length / 2];
  }

  /** What one step's exchanges cost, its computation left out. */
  public double microsPerStep(StepTraffic traffic) {
    return traffic.exchanges().size() * microsPerExchange + traffic.bytes() * microsPerByte;
  }
}
