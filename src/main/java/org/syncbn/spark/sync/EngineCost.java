package org.syncbn.spark.sync;

/**
 * What an engine's exchanges cost on a cluster: so much for each round, whatever its size, with the
 * tasks that take part; and so much for each byte that waits its turn on the busiest link.
 *
 * @param kind the engine
 * @param microsPerRound for a round trip, or a stage of a job
 * @param microsPerByte of {@link LinkBytes#inTurn}
 */
public record EngineCost(EngineKind kind, double microsPerRound, double microsPerByte) {

  private static final int SMALL = 4 << 10;
  private static final int LARGE = 1 << 20;

  /** Large messages to all tasks together have at most so many bytes. */
  private static final int LARGE_IN_ALL = 16 << 20;

  /**
   * Measures exchanges of two sizes and solves for the two costs; the large one is cut into slices
   * if the run's gradients are. Takes about a second, or some for weights of 100 MB.
   *
   * @param probe on the cluster in question
   * @param traffic of a step of the run
   */
  static EngineCost measure(ExchangeProbe probe, EngineKind kind, StepTraffic traffic) {
    boolean jobs = kind == EngineKind.TREE;
    Placement placement = probe.placement();
    int size =
        jobs && LinkBytes.isSliced(traffic.weightBytes(), placement)
            ? TreeEngine.leastSliced(placement.tasks())
            : Math.max(SMALL * 16, Math.min(LARGE, LARGE_IN_ALL / placement.tasks()));
    double small = median(probe.exchanges(kind, SMALL, jobs ? 4 : 200, jobs ? 9 : 200));
    double large = median(probe.exchanges(kind, size, jobs ? 1 : 10, jobs ? 5 : 20));
    return solve(kind, placement, small, size, large);
  }

  /** The costs by which small exchanges take {@code small} and those of a size {@code large}. */
  static EngineCost solve(
      EngineKind kind, Placement placement, double small, int size, double large) {
    StepTraffic little = StepTraffic.of(SMALL / Float.BYTES);
    StepTraffic much = StepTraffic.of(size / Float.BYTES);
    long bytes = LinkBytes.of(kind, little, placement).inTurn();
    long moreBytes = LinkBytes.of(kind, much, placement).inTurn() - bytes;
    int moreRounds = LinkBytes.rounds(kind, much, placement) - 1;
    // small = round + bytes * perByte; large - small = moreRounds * round + moreBytes * perByte
    double perByte =
        Math.max(0, large - small - moreRounds * small) / (moreBytes - moreRounds * bytes);
    return new EngineCost(kind, Math.max(0, small - bytes * perByte), perByte);
  }

  /** The same costs, for another engine. */
  EngineCost of(EngineKind other) {
    return new EngineCost(other, microsPerRound, microsPerByte);
  }

  private static double median(double[] ascending) {
    return ascending[ascending.length / 2];
  }

  /** What one step's exchanges cost, its computation left out. */
  public double microsPerStep(StepTraffic traffic, Placement placement) {
    return LinkBytes.rounds(kind, traffic, placement) * microsPerRound
        + LinkBytes.of(kind, traffic, placement).inTurn() * microsPerByte;
  }
}
