package org.syncbn.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.Mode;
import org.syncbn.norm.RunningUpdate;
import org.syncbn.tensor.Tensor;

/**
 * The driver's training loop: runs epochs, updates weights, writes checkpoints. The same data,
 * options and CPU kernels give the same model on any engine and after any resume.
 *
 * <p>A step is a few exchanges and one commit. Not thread-safe, but {@link #stop} may be called
 * from any thread.
 */
public final class Trainer {

  private static final String ACCURACY = "accuracy";

  private final TrainingPlan plan;
  private final TrainingOptions options;
  private final Engine engine;
  private final boolean validates;
  private final Optional<Monitor> stoppingMonitor;
  private final Optional<Monitor> plateauMonitor;
  private final Checkpoints checkpoints;
  private final TrainingListener listener;
  private final TrainingState state;
  private final long batches;
  private final long run;

  private Parameters parameters;
  private StepTimes.Clock clock; // of the epoch that goes on
  private Set<String> kernels; // that have multiplied matrices so far
  private List<List<Double>> confusionMatrix = List.of();
  private volatile boolean stopping;

  /**
   * A run that is about to start or resume.
   *
   * @param plan the network and how it is trained
   * @param options how long and in what pieces
   * @param engine that runs the exchanges
   * @param validationRows how many rows are held out in all shards
   * @param state of the run
   * @param checkpoints where the state is saved
   * @param listener notified of progress
   */
  Trainer(
      TrainingPlan plan,
      TrainingOptions options,
      Engine engine,
      long validationRows,
      TrainingState state,
      Checkpoints checkpoints,
      TrainingListener listener) {
    this.plan = plan;
    this.options = options;
    this.engine = engine;
    this.validates = validationRows > 0;
    this.state = state;
    this.checkpoints = checkpoints;
    this.listener = listener.and(new Diagnostics(listener));
    this.run = System.nanoTime();
    int batchSize = options.batchSize(plan.rows());
    if (batchSize > plan.rows()) {
      throw new IllegalArgumentException(
          "training.batchSize is %d, but there are only %d training rows"
              .formatted(batchSize, plan.rows()));
    }
    RowsForVariance.check(plan, batchSize);
    requireFinite(plan.network(), state.weights);
    this.kernels = engine.matrixProducts();
    this.parameters =
        engine.keepsWeights() ? new SlicedParameters(plan, state, engine, run) : inDriver();
    this.batches = plan.epochSteps(batchSize);
    this.stoppingMonitor =
        options
            .earlyStopping()
            .map(o -> monitor("training.earlyStopping", o.monitor(), o.mode(), o.minDelta()));
    this.plateauMonitor =
        options
            .reduceOnPlateau()
            .map(o -> monitor("training.reduceOnPlateau", o.monitor(), o.mode(), o.minDelta()));
  }

  private Parameters inDriver() {
    return new DriverParameters(plan, state, engine, run);
  }

  private Monitor monitor(
      String key, String metric, TrainingOptions.MonitorMode mode, double minDelta) {
    if (!validates) {
      throw new IllegalArgumentException(key + " needs rows to watch: set data.validation");
    }
    return Monitor.of(key, metric, mode, minDelta, plan.evaluation());
  }

  private static void requireFinite(Network network, Tensor weights) {
    float[] run = new float[2048];
    for (ParameterBlock block : network.parameters()) {
      for (int at = 0; at < block.size(); at += run.length) {
        int length = Math.min(run.length, block.size() - at);
        block.read(weights, at, run, length);
        for (int i = 0; i < length; i++) {
          if (!Float.isFinite(run[i])) {
            throw new IllegalArgumentException(
                block.name()
                    + " is not finite before the first step: change its initializer, or the"
                    + " initial model");
          }
        }
      }
    }
  }

  /**
   * Ends the run after the step that is under way, with a checkpoint if there is a place for it. If
   * that step fails, the run ends where the one before it did.
   */
  public void stop() {
    stopping = true;
  }

  /**
   * Trains to the end, or to where it is stopped.
   *
   * @return whether it came to the end
   * @throws DivergenceException if numbers stop being finite; the run and its checkpoints stay
   *     where the last step left them
   */
  public boolean run() {
    boolean finished;
    try {
      finished = epochs() && finish();
    } catch (GivenUpException e) {
      finished = false;
    }
    if (!finished) {
      save();
    }
    return finished;
  }

  private void save() {
    parameters.collect();
    checkpoints.save(state);
  }

  private boolean epochs() {
    boolean finished = true;
    while (finished && state.epoch < options.epochs() && !state.stopped) {
      finished = epoch();
    }
    return finished;
  }

  /**
   * An exchange whose failure ends a run that is to stop where its last step ended: what stops it,
   * such as Ctrl-C in a terminal, may have reached executors too. Nothing was committed.
   */
  private Merged orGivenUp(Supplier<Merged> exchange) {
    try {
      return exchange.get();
    } catch (RuntimeException e) {
      throw stopping ? new GivenUpException(e) : e;
    }
  }

  /** The engine failed while the run was to stop. */
  private static final class GivenUpException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GivenUpException(RuntimeException cause) {
      super(cause);
    }
  }

  /** Adds the weights to their average, if they are to count. */
  private void average(Function<WeightAveraging, OptionalDouble> weightOfNew) {
    options
        .weightAveraging()
        .map(weightOfNew)
        .orElse(OptionalDouble.empty())
        .ifPresent(parameters::average);
  }

  /** What follows the last epoch; false, and nothing is changed, if it was stopped before. */
  private boolean finish() {
    parameters.collect();
    boolean restores =
        options.earlyStopping().map(TrainingOptions.EarlyStopping::restoreBest).orElse(false);
    Optional<TrainingState.Best> best = restores ? state.best : Optional.empty();
    Tensor weights = Tensor.zeros(state.weights.shape());
    weights.copyFrom(best.map(TrainingState.Best::weights).orElse(state.weights));
    List<BatchNormState> last = best.map(TrainingState.Best::states).orElse(state.states);
    boolean averages = state.averaged() > 0;
    if (averages) {
      state.average.orElseThrow().writeTo(weights);
      last = plan.network().withParameters(last, weights);
    }
    List<BatchNormState> states = new ArrayList<>(last);
    boolean estimates = options.preciseStatistics() || averages && !states.isEmpty();
    if (estimates && !makePrecise(weights, states)) {
      return false;
    }
    best.ifPresent(
        ofEpoch -> listener.onNote("the weights are those of the best epoch, " + ofEpoch.epoch()));
    if (averages) {
      listener.onNote("the weights are averages of %d".formatted(state.averaged()));
    }
    state.weights.copyFrom(weights);
    state.states = List.copyOf(states);
    parameters = inDriver(); // the weights are not those of the last step
    return true;
  }

  /**
   * Replaces running averages by the statistics of all training rows, layer by layer, since each
   * layer's input depends on the statistics of those before it.
   *
   * @return whether it came to the end
   */
  private boolean makePrecise(Tensor weights, List<BatchNormState> states) {
    int layers = 0;
    for (int i = 0; i < states.size(); i++) {
      BatchNorm layer = plan.network().batchNorms().get(i);
      if (layer.options().running().update() == RunningUpdate.ON) {
        if (stopping) {
          return false;
        }
        Message.Begin begin =
            new Message.Begin(
                run,
                state.step,
                new Work.Statistics(i),
                weights,
                plan.network().statistics(states));
        Merged merged = orGivenUp(() -> engine.exchange(begin));
        states.set(i, layer.withStatistics(states.get(i), merged.sums()));
        layers++;
      }
    }
    state.precise = layers > 0;
    listener.onNote(
        layers == 0
            ? "the network has no batch norm whose running statistics could be recalibrated"
            : "the statistics of %d batch norm%s are those of all %d training rows"
                .formatted(layers, layers == 1 ? "" : "s", plan.rows()));
    return true;
  }

  /**
   * Replaces the running statistics by those of all training rows without a step of training
   * (batch-norm recalibration): what adapts a trained network to rows of another origin, whose
   * labels play no part. Changes nothing if it is {@linkplain #stop stopped}.
   */
  public void recalibrate() {
    List<BatchNormState> states = new ArrayList<>(state.states);
    if (makePrecise(state.weights, states)) {
      state.states = List.copyOf(states);
    }
  }

  /** Loss and metrics of all rows of a part, in inference mode. */
  public Map<String, Double> evaluate(Work.Part part) {
    Merged merged = evaluation(part);
    confusionMatrix =
        merged.isEmpty() ? List.of() : plan.evaluation().confusionMatrix(merged.tallies());
    return values(merged);
  }

  private Merged evaluation(Work.Part part) {
    return engine.exchange(parameters.begin(new Work.Evaluation(part)));
  }

  /**
   * The weight of the rows of each class that are taken for each, row by row, in the part that was
   * {@link #evaluate evaluated} last; empty unless it is among the metrics.
   */
  public List<List<Double>> confusionMatrix() {
    return confusionMatrix;
  }

  private Map<String, Double> values(Merged merged) {
    return merged.isEmpty() ? Map.of() : plan.evaluation().values(merged.sums(), merged.tallies());
  }

  private boolean epoch() {
    long begun = System.nanoTime();
    clock = new StepTimes.Clock(engine);
    long rows = 0;
    while (state.batch < batches && !stopping) {
      rows += step();
      if (state.batch < batches && checkpoints.dueAfterStep(state.step)) {
        save();
      }
    }
    if (stopping) {
      return false;
    }
    noteKernels();
    long trained = System.nanoTime();
    Map<String, Double> train = plan.measures().values(state.sums);
    Map<String, Double> validation =
        validates ? values(orGivenUp(() -> evaluation(Work.Part.VALIDATION))) : Map.of();
    state.epoch++;
    average(averaging -> averaging.afterEpoch(state.epoch, state.averaged()));
    state.batch = 0;
    state.sums = new double[plan.measures().length()];
    Optional<String> reduced =
        options.reduceOnPlateau().flatMap(plateau -> reduceRate(plateau, validation));
    EpochResult result =
        new EpochResult(
            state.epoch,
            state.step,
            (System.nanoTime() - begun) / 1e9,
            rows / ((trained - begun) / 1e9),
            state.optimizer.learningRate(),
            clock.within(trained - begun),
            train,
            validation);
    state.history.add(result);
    listener.onEpoch(result);
    reduced.ifPresent(listener::onNote);
    options.earlyStopping().ifPresent(early -> stopEarly(early, validation));
    if (checkpoints.dueAfterEpoch(state.epoch) || checkpoints.dueAfterStep(state.step)) {
      save();
    }
    return true;
  }

  /** Executors that replace lost ones may have other processors. */
  private void noteKernels() {
    Set<String> now = engine.matrixProducts();
    if (now.size() > kernels.size()) {
      kernels = now;
      listener.onNote(TrainingRun.differentKernels(now));
    }
  }

  /** One step; returns the rows of its mini-batch. */
  private int step() {
    int rows = plan.miniBatches(state.epoch, batches).rows(state.batch);
    if (rows > 0) {
      Work.Batch work = new Work.Batch(state.epoch, state.batch, batches);
      double[] sums = advance(work, rows);
      for (int i = 0; i < state.sums.length; i++) {
        state.sums[i] += sums[i];
      }
      state.step++;
    }
    state.batch++;
    listener.onStep(
        state.epoch + 1,
        state.batch,
        batches,
        rows,
        plan.measures().loss(state.sums),
        plan.measures().values(state.sums).getOrDefault(ACCURACY, Double.NaN));
    return rows;
  }

  /** The exchanges of a step and its commit. */
  private double[] advance(Work.Batch work, int rows) {
    try {
      return exchangeAndCommit(work, rows);
    } catch (DivergenceException e) {
      throw e;
    } catch (RuntimeException e) {
      throw arithmetic(e).<RuntimeException>map(cause -> diverged(work, cause)).orElse(e);
    }
  }

  /** What a batch norm says of numbers that it cannot have, wherever the engine has wrapped it. */
  private static Optional<String> arithmetic(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
        .filter(ArithmeticException.class::isInstance)
        .map(Throwable::getMessage)
        .findFirst();
  }

  private double[] exchangeAndCommit(Work.Batch work, int rows) {
    StepSynchronization sync =
        new StepSynchronization(plan.network(), state.states, plan.slice(rows));
    Message first = parameters.begin(work);
    Merged merged = orGivenUp(() -> clock.exchange(first));
    for (int exchange = 2; exchange <= plan.exchanges(); exchange++) {
      sync.add(merged.sums());
      Message.Agreed agreed = new Message.Agreed(run, state.step, exchange, merged.sums());
      merged = orGivenUp(() -> clock.exchange(agreed));
    }
    double[] sums = merged.isEmpty() ? new double[plan.measures().length() + 1] : merged.sums();
    double weight = plan.measures().weight(sums);
    if (plan.scope() == TrainingOptions.StatisticsScope.SHARD) {
      addMoments(merged, sync, rows);
    }
    if (sync.isSkipped() || aShardSkips(sums)) {
      return sums;
    }
    StepSynchronization.requireWeight(weight);
    double loss = plan.measures().loss(sums);
    if (!Double.isFinite(loss)) {
      throw diverged(work, "the loss is " + loss);
    }
    boolean ends = work.batch() == work.batches() - 1;
    double learningRate = state.optimizer.learningRate();
    Map<String, Double> norms =
        parameters.prepare(
            merged, weight, sync, ends ? Message.Report.GRADIENT_NORMS : Message.Report.NOTHING);
    state.states = parameters.commit(sync);
    average(averaging -> averaging.afterStep(state.averaged()));
    int epoch = state.epoch + 1;
    long step = state.step + 1;
    listener.onStep(new StepResult(epoch, step, rows, loss, learningRate));
    if (ends) {
      listener.onLayers(new LayersResult(epoch, step, sync.reports(state.states), norms));
    }
    return sums;
  }

  /** Whether a shard with statistics of its own asks not to commit; see {@link TrainingStep}. */
  private boolean aShardSkips(double[] sums) {
    return plan.scope() == TrainingOptions.StatisticsScope.SHARD
        && sums[plan.measures().length()] > 0;
  }

  /** The moments of shards that had statistics of their own: 0 where no row has a weight. */
  private void addMoments(Merged merged, StepSynchronization sync, int rows) {
    Iterator<Contribution.Moments> moments =
        merged.contribution() instanceof Contribution.Gradients gradients
            ? gradients.moments().iterator()
            : Collections.emptyIterator();
    for (BatchNorm norm : plan.network().batchNorms()) {
      int length = norm.statisticsLength(Mode.TRAINING, rows);
      if (length > 0) {
        sync.add(moments.hasNext() ? moments.next().values() : new double[length]);
      }
    }
  }

  private DivergenceException diverged(Work.Batch work, String what) {
    String kept = checkpoints.last().map(path -> "; the last checkpoint is " + path).orElse("");
    return new DivergenceException(
        "step %d (epoch %d): %s; %s; lower the learning rate (it was %s) or clip gradients%s"
            .formatted(
                state.step + 1,
                state.epoch + 1,
                what,
                culprit(work),
                state.optimizer.learningRate(),
                kept));
  }

  /** Which layer's values first went wrong, as a half sentence. */
  private String culprit(Work.Batch work) {
    double[] marks;
    try {
      marks =
          engine
              .exchange(
                  parameters.begin(new Work.Diagnosis(work.epoch(), work.batch(), work.batches())))
              .sums();
    } catch (RuntimeException e) {
      return "could not determine the first affected layer";
    }
    List<String> names = plan.network().valueNames();
    return IntStream.range(0, marks.length)
        .filter(i -> marks[i] > 0)
        .mapToObj(i -> "the first non-finite values are those of " + names.get(i))
        .findFirst()
        .orElse("the outputs of all layers are finite");
  }

  /** Lowers the learning rate if it is time; what there is to say then. */
  private Optional<String> reduceRate(
      TrainingOptions.ReduceOnPlateau plateau, Map<String, Double> validation) {
    Monitor monitor = plateauMonitor.orElseThrow();
    state.plateau = state.plateau.after(monitor.value(validation), monitor);
    if (!state.plateau.isOver(plateau)) {
      return Optional.empty();
    }
    int epochs = state.plateau.badEpochs();
    state.plateau = state.plateau.reduced(plateau);
    double before = state.optimizer.learningRate();
    state.optimizer.reduceRate(plateau.factor(), plateau.minLearningRate());
    double after = state.optimizer.learningRate();
    return before == after
        ? Optional.empty()
        : Optional.of(
            "validation %s has not improved for %d epochs: the learning rate is %s from now on"
                .formatted(monitor.metric(), epochs, (float) after));
  }

  private void stopEarly(TrainingOptions.EarlyStopping early, Map<String, Double> validation) {
    Monitor monitor = stoppingMonitor.orElseThrow();
    double value = monitor.value(validation);
    OptionalDouble best = state.best.stream().mapToDouble(TrainingState.Best::value).findFirst();
    int bestEpoch = state.best.map(TrainingState.Best::epoch).orElse(0);
    if (monitor.improves(value, best)) {
      parameters.collect();
      Tensor copy = Tensor.zeros(state.weights.shape());
      copy.copyFrom(state.weights);
      state.best = Optional.of(new TrainingState.Best(state.epoch, value, copy, state.states));
    } else if (state.epoch - bestEpoch >= early.patience()) {
      state.stopped = true;
      listener.onNote(
          bestEpoch == 0
              ? "stopped early: validation %s was never a number".formatted(monitor.metric())
              : "stopped early: validation %s has not improved since epoch %d"
                  .formatted(monitor.metric(), bestEpoch));
    }
  }
}
