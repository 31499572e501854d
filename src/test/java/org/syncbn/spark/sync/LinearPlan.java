package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.data.Block;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Engine;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import org.syncbn.train.Work;

/**
 * A linear regression of normalized outputs, small and real: z = x w, agreed mean and variance of
 * z, agreed sums of the error, then gradients. Three exchanges a step, in sums whose bits depend on
 * the order of additions.
 *
 * @param shards how many
 * @param features how many
 * @param mischief what goes wrong
 */
record LinearPlan(int shards, int features, Mischief mischief) implements StepPlan {

  static final int EXCHANGES = 3;
  private static final long RUN = 17;
  private static final long BATCHES = 4;

  LinearPlan(int shards, int features) {
    this(shards, features, Mischief.NONE);
  }

  /** What goes wrong on an executor. */
  interface Mischief extends Serializable {
    Mischief NONE = new Mischief() {};

    /** Called before a shard resumes. */
    default void resuming(int shard, Message message) {}

    /** Called before a shard is opened. */
    default void opening(int shard) {}
  }

  LinearPlan with(Mischief other) {
    return new LinearPlan(shards, features, other);
  }

  /** Shards of 0 to 12 rows; the numbers of a column differ by orders of magnitude. */
  List<ShardData> data() {
    List<ShardData> data = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      int rows = shard == 3 ? 0 : 4 + shard * 5 % 9;
      CounterRandom random = CounterRandom.of(41).fork(shard);
      float[] x = new float[rows * features];
      float[] y = new float[rows];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (random.gaussian(i) * Math.scalb(1, random.below(12, 1_000_000 + i)));
      }
      for (int row = 0; row < rows; row++) {
        y[row] = (float) random.gaussian(2_000_000 + row);
      }
      Block none = Block.ofFloats(0, new float[0], new float[0], new float[0]);
      data.add(new ShardData(Block.ofFloats(rows, x, y, new float[0]), none));
    }
    return data;
  }

  /** Some steps of gradient descent; the bits of weights and losses. */
  List<Integer> train(Engine engine, int steps) {
    float[] weights = new float[features];
    for (int i = 0; i < features; i++) {
      weights[i] = (float) CounterRandom.of(3).gaussian(i);
    }
    List<Integer> bits = new ArrayList<>();
    for (long step = 0; step < steps; step++) {
      Tensor sent = Tensor.of(weights, features);
      Work work = new Work.Batch(step / BATCHES, step % BATCHES, BATCHES);
      Merged merged = engine.exchange(new Message.Begin(RUN, step, work, sent, new double[0]));
      for (int exchange = 2; exchange <= EXCHANGES; exchange++) {
        merged = engine.exchange(new Message.Agreed(RUN, step, exchange, merged.sums().clone()));
      }
      float[] gradients = merged.gradients().toArray();
      for (int i = 0; i < features; i++) {
        weights[i] -= 1e-6f * gradients[i];
        bits.add(Float.floatToRawIntBits(weights[i]));
      }
      bits.add(Float.floatToRawIntBits((float) merged.sums()[0]));
    }
    return bits;
  }

  @Override
  public ShardStep open(int firstShard, List<ShardData> data) {
    List<Step> steps = new ArrayList<>();
    for (int shard = firstShard; shard < firstShard + data.size(); shard++) {
      mischief.opening(shard);
      steps.add(new Step(shard, data.get(shard - firstShard).training()));
    }
    return ShardStep.inTurn(shards(), steps);
  }

  private final class Step implements ShardStep {

    private final int shard;
    private final Block rows;
    private final double[] sums = new double[3];
    private final Tensor gradients = Tensor.zeros(features);
    private Tensor weights = Tensor.zeros(0);
    private int waitsFor = 1;
    private long step;
    private int from;
    private int to;
    private double[] moments = new double[0];

    Step(int shard, Block rows) {
      this.shard = shard;
      this.rows = rows;
    }

    @Override
    public void resume(Message message, ShardForest forest) {
      forest.add(shard, answer(message));
    }

    private Contribution answer(Message message) {
      mischief.resuming(shard, message);
      if (message instanceof Message.Begin begin) {
        Work.Batch batch = (Work.Batch) begin.work();
        from = (int) (batch.batch() * rows.rows() / batch.batches());
        to = (int) ((batch.batch() + 1) * rows.rows() / batch.batches());
        weights = begin.weights();
        step = begin.step();
      } else if (message.exchange() != waitsFor || message.step() != step) {
        throw new IllegalStateException("waits for " + waitsFor + ", not for " + message);
      }
      waitsFor = message.exchange() + 1;
      if (from == to) {
        return Contribution.EMPTY;
      }
      return switch (message.exchange()) {
        case 1 -> outputs();
        case 2 -> errors((Message.Agreed) message);
        default -> gradients((Message.Agreed) message);
      };
    }

    private Contribution outputs() {
      java.util.Arrays.fill(sums, 0);
      for (int row = from; row < to; row++) {
        float z = output(row);
        sums[0]++;
        sums[1] += z;
        sums[2] += (double) z * z;
      }
      return new Contribution.Sums(sums);
    }

    private Contribution errors(Message.Agreed agreed) {
      moments = agreed.values().clone();
      java.util.Arrays.fill(sums, 0);
      for (int row = from; row < to; row++) {
        double error = error(row);
        sums[0] += error;
        sums[1] += error * normalized(row);
        sums[2] += error * error;
      }
      return new Contribution.Sums(sums);
    }

    private Contribution gradients(Message.Agreed agreed) {
      gradients.fill(0);
      for (int row = from; row < to; row++) {
        double n = moments[0];
        float dz =
            (float)
                (error(row) - agreed.values()[0] / n - normalized(row) * agreed.values()[1] / n);
        for (int i = 0; i < features; i++) {
          gradients.set(i, gradients.get(i) + dz * rows.feature(row, i));
        }
      }
      return new Contribution.Gradients(gradients, new double[] {agreed.values()[2] * (to - from)});
    }

    private float output(int row) {
      float z = 0;
      for (int i = 0; i < features; i++) {
        z += weights.get(i) * rows.feature(row, i);
      }
      return z;
    }

    private double normalized(int row) {
      double mean = moments[1] / moments[0];
      double variance = moments[2] / moments[0] - mean * mean;
      return (output(row) - mean) / Math.sqrt(variance + 1e-5);
    }

    private double error(int row) {
      return normalized(row) - rows.label(row, 0);
    }

    @Override
    public void close() {}
  }
}
