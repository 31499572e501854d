package org.syncbn.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.syncbn.data.MiniBatches;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Measures;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.Network;
import org.syncbn.norm.BatchSlice;
import org.syncbn.optim.Segment;
import org.syncbn.optim.Transform;
import org.syncbn.tensor.CounterRandom;

/** The part of a run's description that the shards need. Immutable, hence thread-safe. */
public final class TrainingPlan implements StepPlan {

  private static final long serialVersionUID = 1;

  private final Network network;
  private final Measures measures;
  private final Measures evaluation;
  private final TrainingOptions.StatisticsScope scope;
  private final int groupSize; // in shards
  private final MicroBatches microBatches;
  private final float scale;
  private final long seed;
  private final int[] trainingRows;
  private UpdatePlan updates; // null where only the driver updates weights
  private transient volatile MiniBatches lastCut;

  /**
   * Describes a run in which all shards share batch statistics, or none do, and the same is
   * measured of mini-batches and of whole parts of the data.
   */
  public TrainingPlan(
      Network network,
      Measures measures,
      TrainingOptions.StatisticsScope scope,
      double scale,
      long seed,
      long[] trainingRows) {
    this(network, measures, measures, scope, 0, MicroBatches.NONE, scale, seed, trainingRows);
  }

  /**
   * Describes a run.
   *
   * @param network with its shapes and names
   * @param measures the loss and the metrics of mini-batches
   * @param evaluation the loss and the metrics of whole parts of the data
   * @param scope which rows batch-norm statistics are taken over
   * @param groupSize how many adjacent shards share them, if they are shared; 0 for all
   * @param microBatches how much of a mini-batch is in memory at once
   * @param scale what every feature is multiplied by
   * @param seed of the order of rows and of everything random in a step
   * @param trainingRows how many training rows each shard has
   */
  public TrainingPlan(
      Network network,
      Measures measures,
      Measures evaluation,
      TrainingOptions.StatisticsScope scope,
      int groupSize,
      MicroBatches microBatches,
      double scale,
      long seed,
      long[] trainingRows) {
    this.network = network;
    this.measures = measures;
    this.evaluation = evaluation;
    this.scope = scope;
    this.groupSize = groupSize == 0 ? trainingRows.length : groupSize;
    this.microBatches = microBatches;
    this.scale = (float) scale;
    this.seed = seed;
    this.trainingRows = Arrays.stream(trainingRows).mapToInt(Math::toIntExact).toArray();
    boolean ghosts =
        network.batchNorms().stream()
            .anyMatch(norm -> norm.options().statistics().virtualBatchRows() > 0);
    if (ghosts && (scope == TrainingOptions.StatisticsScope.SHARD || groups() > 1)) {
      throw new IllegalArgumentException(
          "virtualBatchRows cuts the whole mini-batch: use it with training.batchNormSync = true "
              + "and without training.batchNormGroupSize");
    }
  }

  /**
   * Adds how weights are updated, for engines whose executors do it.
   *
   * @param transforms of the optimizer
   * @param segments the arrays of weights
   * @param averages whether the run averages weights
   */
  TrainingPlan updating(List<Transform> transforms, List<Segment> segments, boolean averages) {
    updates = new UpdatePlan(network, transforms, segments, scope, averages);
    return this;
  }

  @Override
  public Optional<UpdatePlan> updates() {
    return Optional.ofNullable(updates);
  }

  /** The network. */
  public Network network() {
    return network;
  }

  /** The loss and the metrics of mini-batches, whose sums travel with the gradients. */
  public Measures measures() {
    return measures;
  }

  /** The loss and the metrics of whole parts of the data. */
  public Measures evaluation() {
    return evaluation;
  }

  @Override
  public int shards() {
    return trainingRows.length;
  }

  @Override
  public ShardStep open(int firstShard, List<ShardData> data) {
    return switch (scope) {
      case GLOBAL -> open(firstShard, data, groupSize);
      case SHARD -> open(firstShard, data, 1);
    };
  }

  /** One step for the shards of each group, which have statistics in common. */
  private ShardStep open(int firstShard, List<ShardData> data, int size) {
    List<TrainingStep> steps = new ArrayList<>();
    int end = firstShard + data.size();
    for (int shard = firstShard; shard < end; ) {
      int next = Math.min(end, (shard / size + 1) * size);
      steps.add(new TrainingStep(this, shard, data.subList(shard - firstShard, next - firstShard)));
      shard = next;
    }
    return steps.size() == 1 ? steps.get(0) : ShardStep.inTurn(shards(), steps);
  }

  /** How many exchanges a step has. */
  int exchanges() {
    return scope == TrainingOptions.StatisticsScope.SHARD ? 1 : network.exchanges();
  }

  /** How many training rows all shards have. */
  long rows() {
    return Arrays.stream(trainingRows).asLongStream().sum();
  }

  /** How many steps an epoch has: no mini-batch is larger than asked for. */
  long epochSteps(int batchSize) {
    return (rows() + batchSize - 1) / batchSize;
  }

  /** How many training rows each shard has. */
  int[] rowsOfShards() {
    return trainingRows.clone();
  }

  /** How the rows are cut into the mini-batches of an epoch. */
  MiniBatches miniBatches(long epoch, long batches) {
    MiniBatches cut = lastCut;
    if (cut == null || !cut.isOf(epoch, batches)) {
      cut = new MiniBatches(seed, epoch, batches, trainingRows);
      lastCut = cut;
    }
    return cut;
  }

  /** The position of a shard's rows in a mini-batch. */
  BatchSlice slice(int shard, Work.Batch batch) {
    MiniBatches cut = miniBatches(batch.epoch(), batch.batches());
    int before = IntStream.range(0, shard).map(s -> cut.rows(s, batch.batch())).sum();
    return new BatchSlice(before, cut.rows(batch.batch()), shard / groupSize, groups());
  }

  /** A whole mini-batch, as the driver sees it. */
  public BatchSlice slice(int batchRows) {
    return new BatchSlice(0, batchRows, 0, groups());
  }

  /** How many groups of shards have batch statistics of their own. */
  private int groups() {
    return (trainingRows.length - 1) / groupSize + 1;
  }

  /** How many adjacent shards share batch statistics, if they are shared. */
  int groupSize() {
    return groupSize;
  }

  /** The order in which an epoch takes a shard's rows. */
  int[] order(long epoch, int shard) {
    return RowPartitioner.order(seed, epoch, shard, trainingRows[shard]);
  }

  /** What is random in a step; the same on all shards. */
  CounterRandom random(long step) {
    return CounterRandom.of(seed).fork("step").fork(step);
  }

  /** Which rows batch-norm statistics are taken over. */
  public TrainingOptions.StatisticsScope scope() {
    return scope;
  }

  /** How much of a mini-batch is in memory at once. */
  MicroBatches microBatches() {
    return microBatches;
  }

  float scale() {
    return scale;
  }
}
