package org.syncbn.optim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.syncbn.optim.Transform.ByNorm;
import org.syncbn.optim.Transform.Elementwise;
import org.syncbn.optim.Transform.Formula;
import org.syncbn.tensor.Tensor;

/**
 * An optimizer at work: transforms with their state, which moves a flat vector of weights.
 *
 * <p>A step has two halves: {@link #prepare} computes new weights and new state beside the old ones
 * and rejects what is not finite, {@link #commit} puts the new state in the place of the old. So a
 * step that is not committed has changed nothing.
 *
 * <p>Numbers are worked on in {@link Run runs} that stay in the first-level cache: all transforms
 * in a row, then the next run. Only a transform that depends on norms makes a second pass. State is
 * float32; norms are summed in double, in a fixed order. Long vectors are cut in pieces, which
 * threads may share; no bit depends on that.
 *
 * <p>Not thread-safe.
 */
public final class Optimizer {

  /** As many weights one thread moves alone. */
  private static final int MOST_ALONE = 16 * Run.LENGTH;

  private static final ThreadLocal<Run> RUNS = ThreadLocal.withInitial(Run::new);

  private final List<Segment> segments;
  private final Pieces all;
  private final Pieces pieces; // of the part that this one moves
  private final int from;
  private final int size;
  private final Map<String, State> states = new LinkedHashMap<>();
  private final List<Stage> stages = new ArrayList<>();
  private Tensor wholeUpdate = Tensor.zeros(0); // between two stages
  private long steps;
  private double rateFactor = 1;

  /** Completes sums over the pieces of a part to sums over whole arrays, one for each segment. */
  @FunctionalInterface
  public interface Reduction {

    /** Is asked in the same order by all parts. */
    double[] reduce(double[] ofPieces);
  }

  /**
   * Does pieces of work that have nothing to do with each other, in any order and number at once.
   */
  @FunctionalInterface
  public interface Team {

    /** Each piece after the other. */
    Team ALONE = (pieces, work) -> IntStream.range(0, pieces).forEach(work);

    /** On the threads of the common pool. */
    Team IN_PARALLEL = (pieces, work) -> IntStream.range(0, pieces).parallel().forEach(work);

    /** Returns when pieces 0 to {@code pieces - 1} are done. */
    void share(int pieces, IntConsumer work);
  }

  /** An array of state, and the one that takes its place. Has no memory before it is used. */
  private static final class State {
    private final int size;
    private final float initial;
    boolean isUsed;
    float[] now = {};
    float[] next = {};

    State(int size, float initial) {
      this.size = size;
      this.initial = initial;
    }

    void makeRoom() {
      if (!isUsed) {
        now = new float[size];
        Arrays.fill(now, initial);
        isUsed = true;
      }
    }

    void makeRoomForNext() {
      makeRoom();
      if (next.length < size) {
        next = now.clone();
      }
    }

    void release() {
      isUsed = false;
      now = new float[0];
      next = now;
    }

    void commit() {
      float[] old = now;
      now = next;
      next = old;
    }
  }

  private record Part(Elementwise transform, List<State> states) {}

  /** Transforms of one pass over the weights, and what scales the update that they make. */
  private record Stage(List<Part> parts, Optional<ByNorm> scaling) {

    boolean isLast() {
      return scaling.isEmpty();
    }
  }

  /**
   * An optimizer before its first step.
   *
   * @param transforms from the gradient to the update that is subtracted
   * @param segments the arrays of weights in their order; the vector may have gaps between them
   */
  public Optimizer(List<Transform> transforms, List<Segment> segments) {
    this(transforms, segments, 0, segments.stream().mapToInt(Segment::end).max().orElse(0));
  }

  /**
   * A part of an optimizer, which moves the weights [from, to) of the vector. All its tensors begin
   * at {@code from}.
   *
   * @param transforms as of the whole
   * @param segments all arrays of weights in their order
   * @param from one of the {@link SliceCuts}
   * @param to another one
   */
  public Optimizer(List<Transform> transforms, List<Segment> segments, int from, int to) {
    this.segments = List.copyOf(segments);
    this.all = Pieces.of(segments);
    this.pieces = all.within(from, to);
    this.from = from;
    this.size = to - from;
    List<Part> parts = new ArrayList<>();
    for (Transform transform : transforms) {
      if (transform instanceof ByNorm scaling) {
        stages.add(new Stage(List.copyOf(parts), Optional.of(scaling)));
        parts.clear();
      } else if (transform instanceof Elementwise elementwise) {
        float initial = elementwise.initialState();
        parts.add(
            new Part(
                elementwise,
                elementwise.stateNames().stream().map(name -> newState(name, initial)).toList()));
      }
    }
    stages.add(new Stage(List.copyOf(parts), Optional.empty()));
  }

  private State newState(String name, float initial) {
    String free = name;
    for (int use = 2; states.containsKey(free); use++) {
      free = name + "." + use;
    }
    State state = new State(size, initial);
    states.put(free, state);
    return state;
  }

  /**
   * How many steps were taken. A step that a run skips is none: bias corrections, first-step rules
   * and schedules count what moved the weights.
   */
  public long steps() {
    return steps;
  }

  /** The momentum of the next step, if a schedule changes it. */
  public OptionalDouble momentum() {
    return stages.stream()
        .flatMap(stage -> stage.parts.stream())
        .map(part -> part.transform.momentum(steps))
        .filter(OptionalDouble::isPresent)
        .findFirst()
        .orElse(OptionalDouble.empty());
  }

  /** The learning rate of the next step; 1 if nothing scales by one. */
  public double learningRate() {
    return stages.stream()
        .flatMap(stage -> stage.parts.stream())
        .mapToDouble(part -> part.transform.learningRate(steps))
        .reduce(rateFactor, (all, rate) -> all * rate);
  }

  /** What the rates of the schedule are multiplied by: 1 unless they were reduced. */
  public double rateFactor() {
    return rateFactor;
  }

  /**
   * Lowers the learning rate, now and later.
   *
   * @param factor what it is multiplied by, in (0, 1)
   * @param least the rate of the next step does not fall below it
   */
  public void reduceRate(double factor, double least) {
    double rate = learningRate();
    rateFactor *= Math.min(1, Math.max(factor, least / rate));
  }

  /** Goes on where the whole is that this is a part of, or where a saved run was. */
  public void goTo(long stepsOfWhole, double rateFactorOfWhole) {
    steps = stepsOfWhole;
    rateFactor = rateFactorOfWhole;
  }

  /** The arrays of the state of the whole, by name. */
  public Map<String, StateArray> state() {
    Map<String, StateArray> arrays = new LinkedHashMap<>();
    states.forEach(
        (name, state) ->
            arrays.put(
                name,
                new StateArray(
                    segments,
                    () -> {
                      state.makeRoom();
                      return state.now;
                    })));
    return arrays;
  }

  /** Copies of the arrays of state, each as long as the part; none before they are used. */
  public List<Tensor> arrays() {
    return states.values().stream()
        .filter(state -> state.isUsed)
        .map(state -> Tensor.of(state.now, size))
        .toList();
  }

  /** Goes on with copies of arrays of state, as {@link #arrays} gives them: without any, anew. */
  public void load(List<Tensor> arrays) {
    Iterator<Tensor> next = arrays.iterator();
    for (State state : states.values()) {
      if (next.hasNext()) {
        state.makeRoom();
        next.next().read(0, state.now, 0, size);
      } else {
        state.release();
      }
    }
  }

  /** Gives back the memory of the state, which is kept elsewhere from now on. */
  public void release() {
    states.values().forEach(State::release);
  }

  /**
   * The Euclidean norm of each array that is trained, divided by a weight.
   *
   * @param squares of all pieces of the vector
   */
  public Map<String, Double> norms(double[] squares, double weight) {
    double[] ofArrays = byArray(squares);
    Map<String, Double> norms = new LinkedHashMap<>();
    for (int i = 0; i < ofArrays.length; i++) {
      if (segments.get(i).trained()) {
        norms.put(segments.get(i).name(), Math.sqrt(ofArrays[i]) / weight);
      }
    }
    return norms;
  }

  /**
   * Takes one step in place, on the calling thread.
   *
   * @throws ArithmeticException as {@link #prepare} does; the weights are of no use then
   */
  public void step(Tensor weights, Tensor gradient, double divisor) {
    prepare(weights, gradient, divisor, weights, Team.ALONE);
    commit();
  }

  /**
   * Computes a step of the whole, which counts when it is {@link #commit committed}.
   *
   * @param weights before the step, read only unless they are the target // [weights]
   * @param gradient read only // [weights]
   * @param divisor what the gradient is divided by first
   * @param target becomes the weights after the step // [weights]
   * @param team does most of the work
   * @throws ArithmeticException if a new weight or a number of the new state is not finite; the
   *     message names the array
   */
  public void prepare(Tensor weights, Tensor gradient, double divisor, Tensor target, Team team) {
    prepare(weights, gradient, divisor, target, team, this::byArray);
  }

  /**
   * Computes a step of a part, as the other method does for the whole.
   *
   * @param reduction is asked {@link #reductions} times
   */
  public void prepare(
      Tensor weights,
      Tensor gradient,
      double divisor,
      Tensor target,
      Team team,
      Reduction reduction) {
    if (weights.size() != size || gradient.size() != size || target.size() != size) {
      throw new IllegalArgumentException(
          "the optimizer moves %d weights, but was given %d and %d gradients"
              .formatted(size, weights.size(), gradient.size()));
    }
    Team some = size > MOST_ALONE ? team : Team.ALONE;
    states.values().forEach(State::makeRoomForNext);
    if (stages.size() > 1 && wholeUpdate.size() < size) {
      wholeUpdate = Tensor.zeros(size);
    }
    boolean[] finite = new boolean[pieces.size()];
    Arrays.fill(finite, true);
    double[] factors = new double[segments.size()];
    Arrays.fill(factors, 1 / divisor);
    Tensor source = gradient;
    OptionalDouble momentum = momentum();
    for (Stage stage : stages) {
      List<Formula> formulas =
          stage.parts.stream().map(part -> formula(part.transform, momentum)).toList();
      Pass pass = new Pass(stage, formulas, weights, source, factors, target, finite);
      some.share(pieces.size(), i -> apply(pass, i));
      if (stage.scaling.isPresent()) {
        ByNorm scaling = stage.scaling.get();
        double[] ofUpdate = reduction.reduce(squares(wholeUpdate, some));
        double[] ofWeights =
            scaling.usesWeights() ? reduction.reduce(squares(weights, some)) : new double[0];
        factors = scaling.factors(segments, ofUpdate, ofWeights);
        source = wholeUpdate;
      }
    }
    for (int i = 0; i < finite.length; i++) {
      if (!finite[i]) {
        throw notFinite(pieces.get(i), gradient);
      }
    }
  }

  /** How often a step asks for sums over whole arrays. */
  public int reductions() {
    return stages.stream()
        .flatMap(stage -> stage.scaling.stream())
        .mapToInt(scaling -> scaling.usesWeights() ? 2 : 1)
        .sum();
  }

  private Formula formula(Elementwise transform, OptionalDouble momentum) {
    return (momentum.isPresent() ? transform.withMomentum(momentum.getAsDouble()) : transform)
        .at(steps);
  }

  /** Makes the step that was prepared last count. */
  public void commit() {
    states.values().forEach(State::commit);
    steps++;
  }

  /**
   * One stage of one step.
   *
   * @param factors what the source is multiplied by in each segment
   * @param finite where a piece with other numbers is marked
   */
  private record Pass(
      Stage stage,
      List<Formula> formulas,
      Tensor weights,
      Tensor source,
      double[] factors,
      Tensor target,
      boolean[] finite) {}

  private void apply(Pass pass, int index) {
    Pieces.Piece piece = pieces.get(index);
    Run run = RUNS.get();
    run.segment = segments.get(piece.segment());
    run.rateFactor = rateFactor * run.segment.rate();
    int end = piece.to() - from;
    for (int at = piece.from() - from; at < end; at += Run.LENGTH) {
      run.length = Math.min(Run.LENGTH, end - at);
      pass.weights.read(at, run.weight, 0, run.length);
      if (run.segment.trained()) {
        pass.source.read(at, run.update, 0, run.length);
        run.scale((float) pass.factors[piece.segment()]);
        apply(pass, run, at);
      }
      if (pass.stage.isLast()) {
        pass.target.write(at, run.weight, 0, run.length);
      }
    }
    pass.finite[index] &= run.wasFinite();
  }

  /** All transforms of a stage on one run. */
  private void apply(Pass pass, Run run, int at) {
    for (int i = 0; i < pass.formulas.size(); i++) {
      List<State> states = pass.stage.parts.get(i).states;
      for (int k = 0; k < states.size(); k++) {
        System.arraycopy(states.get(k).now, at, run.state[k], 0, run.length);
      }
      pass.formulas.get(i).apply(run);
      for (int k = 0; k < states.size(); k++) {
        run.check(run.state[k]);
        System.arraycopy(run.state[k], 0, states.get(k).next, at, run.length);
      }
    }
    if (pass.stage.isLast()) {
      run.subtract();
      run.check(run.weight);
    } else {
      wholeUpdate.write(at, run.update, 0, run.length);
    }
  }

  /**
   * The sum of squares of each piece of this part; 0 where nothing is trained.
   *
   * @param values as long as the part
   */
  public double[] squares(Tensor values, Team team) {
    double[] ofPieces = new double[pieces.size()];
    team.share(ofPieces.length, i -> ofPieces[i] = squares(values, pieces.get(i)));
    return ofPieces;
  }

  private double squares(Tensor values, Pieces.Piece piece) {
    if (!segments.get(piece.segment()).trained()) {
      return 0;
    }
    Run run = RUNS.get();
    double squares = 0;
    int end = piece.to() - from;
    for (int at = piece.from() - from; at < end; at += Run.LENGTH) {
      run.length = Math.min(Run.LENGTH, end - at);
      values.read(at, run.update, 0, run.length);
      squares += run.squares();
    }
    return squares;
  }

  /** Sums over all pieces of the vector, in their order, as sums over each segment. */
  public double[] byArray(double[] ofPieces) {
    return all.bySegment(ofPieces, segments.size());
  }

  /** Which array holds what is not finite in a piece: the first of them in the order of a step. */
  private ArithmeticException notFinite(Pieces.Piece piece, Tensor gradient) {
    Segment segment = segments.get(piece.segment());
    int begin = piece.from() - from;
    int end = piece.to() - from;
    Map<String, float[]> arrays = new LinkedHashMap<>();
    float[] gradients = new float[end - begin];
    gradient.read(begin, gradients, 0, gradients.length);
    arrays.put("the gradient of " + segment.name(), gradients);
    states.forEach(
        (name, state) ->
            arrays.put(
                "the optimizer's " + name + " of " + segment.name(),
                Arrays.copyOfRange(state.next, begin, end)));
    String culprit =
        arrays.entrySet().stream()
            .filter(array -> !isFinite(array.getValue()))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(segment.name());
    return new ArithmeticException(culprit + " is not finite");
  }

  private static boolean isFinite(float[] values) {
    boolean finite = true;
    for (float value : values) {
      finite &= Float.isFinite(value);
    }
    return finite;
  }
}
