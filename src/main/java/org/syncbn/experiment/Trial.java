package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.norm.BatchNormState;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.DivergenceException;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.Probe;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainedModel;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingListener;
import org.syncbn.train.TrainingRun;
import org.syncbn.train.Work;

/**
 * One training run of an experiment, on the ordinary trainer, looked at while it goes on. Not
 * thread-safe.
 */
final class Trial implements AutoCloseable {

  /** Is told of the beginning and of each step, and may look at the trial before the next one. */
  interface Observer {
    /** Sees nothing. */
    Observer NONE = (trial, step) -> {};

    /**
     * A step was done, or the training begins.
     *
     * @param step how many steps there were; 0 at the beginning
     */
    void afterStep(Trial trial, long step);
  }

  /** How many rows a probe looks at. */
  static final int PROBED_ROWS = 128;

  private final TrainingRun run;
  private final InProcessEngine engine;
  private final List<ShardData> shards;
  private final LabRows rows;
  private final List<Course.Point> points = new ArrayList<>();
  private Trainer trainer;

  /** Makes the network and deals the rows. */
  Trial(RunOptions options, LabRows rows, int threads) {
    this.rows = rows;
    this.shards = rows.shards(options.shards(), options.seed());
    this.run =
        new TrainingRun(
            options, rows.schema(), RunData.trainingRows(shards), RunData.validationRows(shards));
    this.engine = new InProcessEngine(run.plan(), shards, threads);
    this.trainer = run.trainer(engine, TrainingListener.SILENT);
  }

  /** Takes the weights and running statistics of another trial. */
  Trial startingFrom(TrainedModel model) {
    run.startFrom(model);
    return this;
  }

  /**
   * Trains.
   *
   * @param every how many steps lie between two points of the course
   */
  Course train(int every, Observer observer) {
    trainer =
        run.trainer(
            engine,
            new TrainingListener() {
              @Override
              public void onStep(
                  int epoch, long step, long steps, int rows, double loss, double accuracy) {
                long done = (epoch - 1) * steps + step;
                if (done % every == 0) {
                  look(done);
                }
                observer.afterStep(Trial.this, done);
              }
            });
    look(0);
    observer.afterStep(this, 0);
    try {
      trainer.run();
    } catch (DivergenceException e) {
      return new Course(points, OptionalLong.of(run.step() + 1), 0, 0);
    }
    look(run.step());
    return new Course(points, OptionalLong.empty(), accuracy(Work.Part.TRAINING), testAccuracy());
  }

  /**
   * Replaces the running statistics by those of the training rows, whose labels play no part, and
   * trains nothing.
   */
  void recalibrate() {
    trainer.recalibrate();
  }

  private void look(long step) {
    Map<String, Double> test = trainer.evaluate(Work.Part.VALIDATION);
    Course.Point point =
        new Course.Point(step, test.get(Measures.LOSS), test.getOrDefault("accuracy", 0.0));
    if (points.isEmpty() || points.get(points.size() - 1).step() < step) {
      points.add(point);
    }
  }

  /** The accuracy of the test rows as the network is now. */
  double testAccuracy() {
    return accuracy(Work.Part.VALIDATION);
  }

  private double accuracy(Work.Part part) {
    return trainer.evaluate(part).getOrDefault("accuracy", 0.0);
  }

  /** The network. */
  Network network() {
    return run.plan().network();
  }

  /** The array of this name. */
  ParameterBlock array(String name) {
    return network().parameters().stream()
        .filter(block -> block.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no array has the name " + name));
  }

  /** The weights of dense layers and convolutions, in the order of the layers. */
  List<ParameterBlock> layers() {
    return network().parameters().stream()
        .filter(block -> block.role() == ParameterBlock.Role.WEIGHT)
        .toList();
  }

  /** The name of the layer that an array belongs to. */
  static String layer(ParameterBlock array) {
    return array.name().substring(0, array.name().lastIndexOf('.'));
  }

  /** All weights as they are now; read only // [weights] */
  Tensor weights() {
    return run.trained().arrays().weights();
  }

  /** The batch norms as they are now. */
  List<BatchNormState> states() {
    return run.trained().arrays().states();
  }

  /** The network as it is now. */
  TrainedModel model() {
    return run.trained();
  }

  /** A look at the first training rows, always the same ones. */
  Probe probe() {
    return new Probe(run.plan(), rows.training(), PROBED_ROWS);
  }

  @Override
  public void close() {
    engine.close();
  }
}
