package io.syncbn.train;

import io.syncbn.data.Block;
import io.syncbn.data.ShardData;
import io.syncbn.data.ShardDealer;
import io.syncbn.nn.Batch;
import io.syncbn.nn.InferencePass;
import io.syncbn.nn.StatisticsPass;
import io.syncbn.nn.StepAgreements;
import io.syncbn.nn.TrainingPass;
import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.BatchSlice;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One shard of the training of a network: gathers its rows and drives a pass over them. */
final class TrainingStep implements ShardStep {

  /** How many rows are computed at a time where there is no mini-batch. */
  private static final int BLOCK_ROWS = 256;

  private final TrainingPlan plan;
  private final int shard;
  private final ShardData data;

  private Rows rows;
  private TrainingPass pass;
  private int capacity;
  private int[] order = {};
  private long orderedEpoch = -1;

  private boolean takesPart;
  private long step = -1;
  private int exchange;

  TrainingStep(TrainingPlan plan, int shard, ShardData data) {
    this.plan = plan;
    this.shard = shard;
    this.data = data;
  }

  @Override
  public Contribution resume(Message message) {
    if (message instanceof Message.Begin begin) {
      step = begin.step();
      exchange = 1;
      return begin(begin);
    }
    Message.Agreed agreed = (Message.Agreed) message;
    if (agreed.step() != step || agreed.exchange() != exchange + 1) {
      throw new IllegalStateException(
          "shard %d waits for exchange %d of step %d, not for %d of %d"
              .formatted(shard, exchange + 1, step, agreed.exchange(), agreed.step()));
    }
    exchange++;
    return takesPart ? contribution(pass.resume(agreed.values())) : Contribution.EMPTY;
  }

  private Contribution begin(Message.Begin begin) {
    takesPart = false;
    Work work = begin.work();
    if (work instanceof Work.Evaluation evaluation) {
      return evaluate(begin, evaluation.part());
    } else if (work instanceof Work.Statistics statistics) {
      return sumUp(begin, statistics.batchNorm());
    } else if (work instanceof Work.Diagnosis diagnosis) {
      return diagnose(
          begin, new Work.Batch(diagnosis.epoch(), diagnosis.batch(), diagnosis.batches()));
    }
    Work.Batch batch = (Work.Batch) work;
    int from = firstRow(batch, 0);
    int to = firstRow(batch, 1);
    if (from == to) {
      return Contribution.EMPTY;
    }
    List<BatchNormState> states = states(begin);
    double[] first = start(begin, batch, from, to, states);
    return switch (plan.scope()) {
      case GLOBAL -> {
        takesPart = true;
        yield contribution(first);
      }
      case SHARD -> alone(first, begin.weights(), states, to - from);
    };
  }

  private double[] start(
      Message.Begin begin, Work.Batch batch, int from, int to, List<BatchNormState> states) {
    makeRoom(to - from);
    if (orderedEpoch != batch.epoch()) {
      order = plan.order(batch.epoch(), shard);
      orderedEpoch = batch.epoch();
    }
    BatchSlice slice = plan.slice(shard, batch.batch(), batch.batches());
    return pass.start(
        rows.gather(order, from, to), slice, begin.weights(), states, plan.random(begin.step()));
  }

  private int firstRow(Work.Batch batch, int after) {
    return ShardDealer.firstRow(batch.batch() + after, batch.batches(), data.training().rows());
  }

  private List<BatchNormState> states(Message.Begin begin) {
    return plan.network().states(begin.weights(), begin.statistics());
  }

  private void makeRoom(int count) {
    if (count > capacity) {
      // Batches of an epoch differ by one row, so the second time is the last.
      capacity = count + 1;
      rows = rows(data.training(), capacity);
      pass = new TrainingPass(plan.network(), plan.evaluation(), capacity);
    }
  }

  private Rows rows(Block block, int count) {
    return new Rows(
        block, count, plan.network().input(), plan.evaluation().targetSize(), plan.scale());
  }

  private Contribution contribution(double[] values) {
    return pass.isFinished()
        ? new Contribution.Gradients(pass.gradients(), values)
        : new Contribution.Sums(values);
  }

  /**
   * The whole step on this shard's own statistics. The gradients of gamma and beta are complete,
   * and the forward sums of the batch norms follow those of the evaluation, for the running
   * statistics.
   */
  private Contribution alone(
      double[] first, Tensor weights, List<BatchNormState> states, int batchRows) {
    StepAgreements own = new StepAgreements(plan.network(), states, batchRows);
    List<double[]> forward = new ArrayList<>();
    double[] values = first;
    while (!pass.isFinished()) {
      if (forward.size() < plan.forwardExchanges()) {
        forward.add(values.clone());
      }
      own.add(values);
      values = pass.resume(values);
    }
    own.finish(pass.gradients(), plan.evaluation().weight(values), weights);
    int length = values.length + forward.stream().mapToInt(sums -> sums.length).sum();
    double[] all = Arrays.copyOf(values, length);
    int at = values.length;
    for (double[] sums : forward) {
      System.arraycopy(sums, 0, all, at, sums.length);
      at += sums.length;
    }
    return new Contribution.Gradients(pass.gradients(), all);
  }

  /** Marks the first value that is not finite when the pass runs on this shard's own statistics. */
  private Contribution diagnose(Message.Begin begin, Work.Batch batch) {
    int from = firstRow(batch, 0);
    int to = firstRow(batch, 1);
    if (from == to) {
      return Contribution.EMPTY;
    }
    try {
      double[] values = start(begin, batch, from, to, states(begin));
      while (!pass.isFinished()) {
        values = pass.resume(values);
      }
    } catch (ArithmeticException e) {
      // A batch norm refuses what is not finite; what lies before it tells where that came from.
    }
    double[] marks = new double[plan.network().valueNames().size()];
    pass.firstNonFinite().ifPresent(first -> marks[first] = 1);
    return new Contribution.Sums(marks);
  }

  private Contribution evaluate(Message.Begin begin, Work.Part part) {
    Block block = part.rows(data);
    if (block.rows() == 0) {
      return Contribution.EMPTY;
    }
    InferencePass inference =
        new InferencePass(plan.network(), begin.weights(), states(begin), rowsOfBlock(block));
    double[] sums = new double[plan.evaluation().length()];
    forEachBlock(block, batch -> plan.evaluation().add(batch, inference.run(batch.inputs()), sums));
    return new Contribution.Sums(sums);
  }

  private Contribution sumUp(Message.Begin begin, int batchNorm) {
    Block block = data.training();
    if (block.rows() == 0) {
      return Contribution.EMPTY;
    }
    StatisticsPass statistics =
        new StatisticsPass(
            plan.network(), batchNorm, begin.weights(), states(begin), rowsOfBlock(block));
    forEachBlock(block, batch -> statistics.add(batch.inputs()));
    return new Contribution.Sums(statistics.sums());
  }

  private static int rowsOfBlock(Block block) {
    return Math.min(block.rows(), BLOCK_ROWS);
  }

  private void forEachBlock(Block block, Consumer<Batch> work) {
    int count = rowsOfBlock(block);
    Rows some = rows(block, count);
    int[] inOrder = IntStream.range(0, block.rows()).toArray();
    for (int from = 0; from < block.rows(); from += count) {
      work.accept(some.gather(inOrder, from, Math.min(from + count, block.rows())));
    }
  }

  @Override
  public void close() {
    rows = null;
    pass = null;
    capacity = 0;
  }
}
