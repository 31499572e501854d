package org.syncbn.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.syncbn.data.Block;
import org.syncbn.data.MiniBatches;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Batch;
import org.syncbn.nn.InferencePass;
import org.syncbn.nn.Measures;
import org.syncbn.nn.MicroBatches;
import org.syncbn.nn.StatisticsPass;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.nn.Tally;
import org.syncbn.nn.TrainingPass;
import org.syncbn.norm.BatchNormState;
import org.syncbn.tensor.Tensor;

/** The training step of some adjacent shards: gathers their rows and drives a pass over them. */
final class TrainingStep implements ShardStep {

  /** The number of rows computed at a time if there is no mini-batch. */
  static final int BLOCK_ROWS = 256;

  private final TrainingPlan plan;
  private final int firstShard;
  private final List<ShardData> data;
  private final int[] shardRows; // of the mini-batch, by shard

  private Rows rows;
  private TrainingPass pass;
  private int capacity;
  private int largestShard; // its rows
  private Rows blockRows;
  private InferencePass inference;
  private boolean inferenceIsCurrent; // has the weights of the last first message
  private StatisticsPass statistics;
  private final int[][] orders;
  private long orderedEpoch = -1;

  private boolean takesPart;
  private long step = -1;
  private int exchange;
  private int held; // gradients of the weights before this one are still here

  TrainingStep(TrainingPlan plan, int firstShard, List<ShardData> data) {
    this.plan = plan;
    this.firstShard = firstShard;
    this.data = List.copyOf(data);
    this.shardRows = new int[data.size()];
    this.orders = new int[data.size()][];
  }

  @Override
  public void resume(Message message, ShardForest forest) {
    if (message instanceof Message.Begin begin) {
      step = begin.step();
      exchange = 1;
      begin(begin, forest);
      return;
    }
    Message.Agreed agreed = (Message.Agreed) message;
    if (agreed.step() != step || agreed.exchange() != exchange + 1) {
      throw new IllegalStateException(
          "shard %d waits for exchange %d of step %d, not for %d of %d"
              .formatted(firstShard, exchange + 1, step, agreed.exchange(), agreed.step()));
    }
    exchange++;
    if (takesPart) {
      pass.resume(agreed.values());
    }
    addContributions(forest);
  }

  @Override
  public void catchUp() {
    if (takesPart) {
      pass.catchUp();
    }
  }

  @Override
  public void handOver(int from, ShardForest forest) {
    if (from >= held) {
      return;
    }
    if (takesPart) {
      pass.gradients().forEach(gradients -> forest.add(part(gradients, from, held)));
    } else {
      for (int shard = 0; shard < data.size(); shard++) {
        forest.add(firstShard + shard, Contribution.EMPTY);
      }
    }
    held = from;
  }

  private static ShardForest.Node part(TrainingPass.Gradients gradients, int from, int to) {
    Tensor values = gradients.values();
    return new ShardForest.Node(
        gradients.level(),
        gradients.index(),
        values.size() == 0
            ? Contribution.EMPTY
            : new Contribution.Gradients(values.rows(from, to), new double[0]));
  }

  private void begin(Message.Begin begin, ShardForest forest) {
    takesPart = false;
    held = 0;
    inferenceIsCurrent = false;
    Work work = begin.work();
    if (work instanceof Work.Batch batch) {
      begin(begin, batch, forest);
      return;
    }
    for (int i = 0; i < data.size(); i++) {
      forest.add(firstShard + i, answer(begin, i));
    }
  }

  private void begin(Message.Begin begin, Work.Batch batch, ShardForest forest) {
    takesPart = start(begin, batch, 0, data.size());
    held = plan.network().weightCount();
    if (!takesPart || plan.scope() == TrainingOptions.StatisticsScope.GLOBAL) {
      addContributions(forest);
    } else {
      // Rows that all have weight 0 are as no rows.
      forest.add(firstShard, rows.batch().counts() ? alone(begin) : Contribution.EMPTY);
    }
  }

  /** What one shard says to work that is done in one exchange. */
  private Contribution answer(Message.Begin begin, int shard) {
    Work work = begin.work();
    if (work instanceof Work.Evaluation evaluation) {
      return evaluate(begin, shard, evaluation.part());
    } else if (work instanceof Work.Statistics statistics) {
      return sumUp(begin, shard, statistics.batchNorm());
    } else if (work instanceof Work.Diagnosis diagnosis) {
      return diagnose(
          begin, shard, new Work.Batch(diagnosis.epoch(), diagnosis.batch(), diagnosis.batches()));
    }
    throw new AssertionError(work + " takes more than one exchange");
  }

  /** Starts a pass over the rows of shards [from, to); false if they have none. */
  private boolean start(Message.Begin begin, Work.Batch batch, int from, int to) {
    MiniBatches cut = plan.miniBatches(batch.epoch(), batch.batches());
    int count = 0;
    for (int shard = 0; shard < data.size(); shard++) {
      boolean isIn = shard >= from && shard < to;
      shardRows[shard] = isIn ? cut.rows(firstShard + shard, batch.batch()) : 0;
      count += shardRows[shard];
    }
    if (count == 0) {
      return false;
    }
    makeRoom(count);
    order(batch.epoch());
    rows.clear();
    for (int shard = from; shard < to; shard++) {
      int first = cut.firstRow(firstShard + shard, batch.batch());
      rows.add(data.get(shard).training(), orders[shard], first, first + shardRows[shard]);
    }
    pass.start(
        rows.batch(),
        shardRows,
        plan.slice(firstShard + from, batch),
        begin.weights(),
        states(begin),
        plan.random(begin.step()));
    return true;
  }

  private void order(long epoch) {
    if (orderedEpoch != epoch) {
      for (int shard = 0; shard < orders.length; shard++) {
        orders[shard] = plan.order(epoch, firstShard + shard);
      }
      orderedEpoch = epoch;
    }
  }

  private List<BatchNormState> states(Message.Begin begin) {
    return plan.network().states(begin.weights(), begin.statistics());
  }

  private void makeRoom(int count) {
    int largest = Arrays.stream(shardRows).max().orElseThrow();
    if (count > capacity || largest > largestShard) {
      // A shard's rows in the batches of an epoch differ by one, so the second time is the last.
      capacity = Math.max(capacity, count + data.size());
      largestShard = largest + 1;
      rows = rows(capacity);
      MicroBatches pieces = plan.microBatches();
      pass =
          new TrainingPass(
              plan.network(),
              plan.measures(),
              firstShard,
              data.size(),
              capacity,
              new MicroBatches(Math.max(pieces.rows(), largestShard), pieces.keepEvery()));
    }
  }

  private Rows rows(int count) {
    return new Rows(
        count,
        data.stream()
            .anyMatch(shard -> shard.training().isWeighted() || shard.validation().isWeighted()),
        plan.network().input(),
        plan.measures().targetSize(),
        plan.scale());
  }

  /**
   * What the shards say to the synchronization point that the pass waits for, or at the end of the
   * step.
   */
  private void addContributions(ShardForest forest) {
    boolean isFinished = takesPart && pass.isFinished();
    ShardForest sums = isFinished ? new ShardForest(plan.shards()) : forest;
    for (int shard = 0; shard < data.size(); shard++) {
      boolean hasRows = takesPart && shardRows[shard] > 0;
      sums.add(firstShard + shard, hasRows ? contribution(shard) : Contribution.EMPTY);
    }
    if (isFinished) {
      // The pass has joined the gradients as the forest joins the sums.
      List<ShardForest.Node> nodes = sums.roots();
      for (int i = 0; i < nodes.size(); i++) {
        forest.add(withGradients(nodes.get(i), pass.gradients().get(i)));
      }
    }
  }

  private Contribution contribution(int shard) {
    double[] values = pass.contribution(shard);
    int channels = pass.momentChannels();
    return channels > 0
        ? new Contribution.Moments(values, channels)
        : new Contribution.Sums(values);
  }

  private ShardForest.Node withGradients(ShardForest.Node node, TrainingPass.Gradients gradients) {
    return node.contribution() instanceof Contribution.Sums sums
        ? new ShardForest.Node(
            gradients.level(),
            gradients.index(),
            new Contribution.Gradients(gradients.values().rows(0, held), sums.values()))
        : node;
  }

  /**
   * The whole step of one shard on its own statistics. The gradients of gamma and beta are
   * complete; behind the sums of the measures stands 1 if a batch norm asks to skip the step; and
   * the moments of the batch norms are there for the running statistics.
   */
  private Contribution alone(Message.Begin begin) {
    StepSynchronization own = new StepSynchronization(plan.network(), states(begin), shardRows[0]);
    List<Contribution.Moments> moments = new ArrayList<>();
    while (!pass.isFinished()) {
      if (contribution(0) instanceof Contribution.Moments some) {
        moments.add(new Contribution.Moments(some.values().clone(), some.channels()));
      }
      double[] values = pass.contribution(0);
      own.add(values);
      pass.resume(values);
    }
    double[] sums = pass.contribution(0);
    Tensor gradients = pass.gradients().get(0).values();
    own.complete(gradients, plan.measures().weight(sums), begin.weights());
    double[] values = Arrays.copyOf(sums, sums.length + 1);
    values[sums.length] = own.isSkipped() ? 1 : 0;
    return new Contribution.Gradients(gradients, values, moments);
  }

  /** Marks the first value that is not finite when the pass runs on one shard's own statistics. */
  private Contribution diagnose(Message.Begin begin, int shard, Work.Batch batch) {
    try {
      if (!start(begin, batch, shard, shard + 1)) {
        return Contribution.EMPTY;
      }
      while (!pass.isFinished()) {
        pass.resume(pass.contribution(shard));
      }
    } catch (ArithmeticException e) {
      // A batch norm rejects what is not finite; the layers before it show where that came from.
    }
    double[] marks = new double[plan.network().valueNames().size()];
    pass.firstNonFinite().ifPresent(first -> marks[first] = 1);
    return new Contribution.Sums(marks);
  }

  private Contribution evaluate(Message.Begin begin, int shard, Work.Part part) {
    Block block = part.rows(data.get(shard));
    if (block.rows() == 0) {
      return Contribution.EMPTY;
    }
    if (inference == null) {
      inference = new InferencePass(plan.network(), begin.weights(), states(begin), BLOCK_ROWS);
    } else if (!inferenceIsCurrent) {
      inference.load(begin.weights(), states(begin));
    }
    inferenceIsCurrent = true;
    Measures measures = plan.evaluation();
    double[] sums = new double[measures.length()];
    List<Tally.Builder> tallies = measures.tallies();
    forEachBlock(block, batch -> measures.add(batch, inference.run(batch), sums, tallies));
    return tallies.isEmpty()
        ? new Contribution.Sums(sums)
        : new Contribution.Counted(sums, tallies.stream().map(Tally.Builder::tally).toList());
  }

  private Contribution sumUp(Message.Begin begin, int shard, int batchNorm) {
    Block block = data.get(shard).training();
    if (block.rows() == 0) {
      return Contribution.EMPTY;
    }
    if (statistics == null) {
      statistics = new StatisticsPass(plan.network(), BLOCK_ROWS);
    }
    statistics.begin(batchNorm, begin.weights(), states(begin));
    forEachBlock(block, statistics::add);
    return new Contribution.Moments(
        statistics.moments(), plan.network().batchNorms().get(batchNorm).channels());
  }

  private void forEachBlock(Block block, Consumer<Batch> work) {
    if (blockRows == null) {
      blockRows = rows(BLOCK_ROWS);
    }
    int[] inOrder = IntStream.range(0, block.rows()).toArray();
    for (int from = 0; from < block.rows(); from += BLOCK_ROWS) {
      int to = Math.min(from + BLOCK_ROWS, block.rows());
      work.accept(blockRows.clear().add(block, inOrder, from, to).batch());
    }
  }

  @Override
  public void close() {
    rows = null;
    pass = null;
    capacity = 0;
    largestShard = 0;
    blockRows = null;
    inference = null;
    statistics = null;
  }
}
