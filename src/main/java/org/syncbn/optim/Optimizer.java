package org.syncbn.optim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.syncbn.tensor.Tensor;

/**
 * An optimizer at work: transforms with their state, which moves a flat vector of weights.
 *
 * <p>Numbers are worked on in runs that stay in the first-level cache: all transforms in a row,
 * then the next run. Only a transform that needs the whole update (clipping by norm, trust ratios)
 * makes a second pass. State is float32; norms are summed in double, in a fixed order. Long vectors
 * are cut in pieces, which threads may share; no bit depends on that.
 *
 * <p>Not thread-safe.
 */
public final class Optimizer {

  private static final int RUN = 2048;

  /** What a thread takes at a time. */
  private static final int PIECE = 16 * RUN;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private final List<Segment> segments;
  private final List<Part> parts = new ArrayList<>();
  private final int size;
  private final List<Piece> pieces = new ArrayList<>(); // of what is trained
  private final Tensor wholeUpdate; // empty if no transform needs it
  private long steps;

  /**
   * Does pieces of work that have nothing to do with each other, in any order and number at once.
   */
  @FunctionalInterface
  public interface Team {

    /** Each piece after the other. */
    Team ALONE = (pieces, work) -> IntStream.range(0, pieces).forEach(work);

    /** Returns when pieces 0 to {@code pieces - 1} are done. */
    void share(int pieces, IntConsumer work);
  }

  /** Some weights of a segment. */
  private record Piece(Segment segment, int from, int to) {}

  /** Runs of numbers at work on one thread. */
  private static final class Scratch {
    final float[] update = new float[RUN];
    final float[] weight = new float[RUN];
    final float[] trail = new float[RUN];
  }

  /** A part with its arrays of state. */
  private static final class Part {
    final Transform transform;
    final List<String> names;
    final float[][] state;

    Part(Transform transform, List<String> names, int size) {
      this.transform = transform;
      this.names = names;
      this.state = new float[names.size()][size];
      for (float[] array : state) {
        Arrays.fill(array, transform.initialState());
      }
    }
  }

  /**
   * An optimizer before its first step.
   *
   * @param transforms from the gradient to the update that is subtracted
   * @param segments the arrays of weights in their order; the vector may have gaps between them
   */
  public Optimizer(List<Transform> transforms, List<Segment> segments) {
    this.segments = List.copyOf(segments);
    this.size = segments.stream().mapToInt(Segment::end).max().orElse(0);
    Map<String, Integer> uses = new LinkedHashMap<>();
    boolean needsWhole = false;
    for (Transform transform : transforms) {
      List<String> names = new ArrayList<>();
      for (String name : transform.stateNames()) {
        int use = uses.merge(name, 1, Integer::sum);
        names.add(use == 1 ? name : name + "." + use);
      }
      parts.add(new Part(transform, names, size));
      needsWhole |= transform.needsWholeUpdate();
    }
    this.wholeUpdate = Tensor.zeros(needsWhole ? size : 0);
    for (Segment segment : segments) {
      int end = segment.end();
      for (int at = segment.offset(); segment.trained() && at < end; at += PIECE) {
        pieces.add(new Piece(segment, at, Math.min(at + PIECE, end)));
      }
    }
  }

  /**
   * How many steps were taken. A step that a run skips is none: bias corrections, first-step rules
   * and schedules count what moved the weights.
   */
  public long steps() {
    return steps;
  }

  /** The learning rate of the next step; 1 if nothing scales by one. */
  public double learningRate() {
    return parts.stream()
        .map(part -> part.transform)
        .filter(Transform.ScaleByLearningRate.class::isInstance)
        .mapToDouble(t -> ((Transform.ScaleByLearningRate) t).schedule().rate(steps))
        .findFirst()
        .orElse(1);
  }

  /** The state by name, copies: one number for each weight, segment by segment, without gaps. */
  public Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    arrays().forEach((name, array) -> state.put(name, pack(array)));
    return state;
  }

  private Map<String, float[]> arrays() {
    Map<String, float[]> arrays = new LinkedHashMap<>();
    for (Part part : parts) {
      for (int i = 0; i < part.state.length; i++) {
        arrays.put(part.names.get(i), part.state[i]);
      }
    }
    return arrays;
  }

  private int packedSize() {
    return segments.stream().mapToInt(Segment::length).sum();
  }

  private float[] pack(float[] array) {
    float[] packed = new float[packedSize()];
    int to = 0;
    for (Segment segment : segments) {
      System.arraycopy(array, segment.offset(), packed, to, segment.length());
      to += segment.length();
    }
    return packed;
  }

  private void unpack(float[] packed, float[] array) {
    int from = 0;
    for (Segment segment : segments) {
      System.arraycopy(packed, from, array, segment.offset(), segment.length());
      from += segment.length();
    }
  }

  /**
   * Goes on from a saved state.
   *
   * @throws IllegalArgumentException if names or lengths are not those of this optimizer
   */
  public void restore(long savedSteps, Map<String, float[]> saved) {
    Map<String, float[]> state = arrays();
    if (!saved.keySet().equals(state.keySet())) {
      throw new IllegalArgumentException(
          "the saved optimizer has the state "
              + saved.keySet().stream().sorted().toList()
              + ", this one "
              + state.keySet().stream().sorted().toList());
    }
    for (Map.Entry<String, float[]> entry : saved.entrySet()) {
      if (entry.getValue().length != packedSize()) {
        throw new IllegalArgumentException(
            "the saved "
                + entry.getKey()
                + " has "
                + entry.getValue().length
                + " numbers, but there are "
                + packedSize()
                + " weights");
      }
    }
    saved.forEach((name, values) -> unpack(values, state.get(name)));
    steps = savedSteps;
  }

  /** Takes one step on the calling thread. */
  public void step(Tensor weights, Tensor gradient, double divisor) {
    step(weights, gradient, divisor, Team.ALONE);
  }

  /**
   * Takes one step.
   *
   * @param weights changed where trained // [weights]
   * @param gradient read only // [weights]
   * @param divisor what the gradient is divided by first
   * @param team does most of the work
   */
  public void step(Tensor weights, Tensor gradient, double divisor, Team team) {
    if (weights.size() != size || gradient.size() != size) {
      throw new IllegalArgumentException(
          "the optimizer moves "
              + size
              + " weights, but was given "
              + weights.size()
              + " and "
              + gradient.size()
              + " gradients");
    }
    float scale = (float) (1 / divisor);
    Tensor source = gradient;
    int from = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).transform.needsWholeUpdate()) {
        run(from, i, weights, source, scale, wholeUpdate, team);
        scale = 1;
        source = wholeUpdate;
        from = i + 1;
        applyToWhole(parts.get(i), weights);
      }
    }
    run(from, parts.size(), weights, source, scale, weights, team);
    steps++;
  }

  /** Applies parts [from, to) run by run; the result is stored, or subtracted from the weights. */
  private void run(
      int from, int to, Tensor weights, Tensor source, float scale, Tensor target, Team team) {
    (size > PIECE ? team : Team.ALONE)
        .share(pieces.size(), i -> run(pieces.get(i), from, to, weights, source, scale, target));
  }

  private void run(
      Piece piece, int from, int to, Tensor weights, Tensor source, float scale, Tensor target) {
    Scratch scratch = SCRATCH.get();
    float[] update = scratch.update;
    float[] weight = scratch.weight;
    for (int at = piece.from; at < piece.to; at += RUN) {
      int length = Math.min(RUN, piece.to - at);
      source.read(at, update, 0, length);
      weights.read(at, weight, 0, length);
      if (scale != 1) {
        scale(update, scale, length);
      }
      for (int i = from; i < to; i++) {
        apply(parts.get(i), piece.segment, scratch, at, length);
      }
      if (target == weights) {
        subtract(weight, update, length);
        target.write(at, weight, 0, length);
      } else {
        target.write(at, update, 0, length);
      }
    }
  }

  private void apply(Part part, Segment segment, Scratch scratch, int at, int length) {
    float[] update = scratch.update;
    Transform transform = part.transform;
    if (transform instanceof Transform.ScaleByLearningRate rate) {
      scale(update, (float) rate.schedule().rate(steps), length);
    } else if (transform instanceof Transform.Momentum momentum) {
      momentum(momentum, part.state[0], scratch, at, length);
    } else if (transform instanceof Transform.AddDecayedWeights decay) {
      if (segment.decays()) {
        addScaled(update, scratch.weight, (float) decay.rate(), length);
      }
    } else if (transform instanceof Transform.ScaleByAdam adam) {
      adam(adam, part.state[0], part.state[1], update, at, length);
    } else if (transform instanceof Transform.ScaleByRms rms) {
      if (rms.center() == Transform.ScaleByRms.Center.MEAN) {
        centeredRms(rms, part.state[0], part.state[1], update, at, length);
      } else {
        rms(rms, part.state[0], update, at, length);
      }
    } else if (transform instanceof Transform.ScaleByAdagrad adagrad) {
      adagrad(adagrad, part.state[0], update, at, length);
    } else if (transform instanceof Transform.ClipByValue clip) {
      clip(update, (float) clip.limit(), length);
    } else {
      throw new AssertionError(transform + " works on whole updates");
    }
  }

  private static void scale(float[] update, float factor, int length) {
    for (int i = 0; i < length; i++) {
      update[i] *= factor;
    }
  }

  private static void subtract(float[] weight, float[] update, int length) {
    for (int i = 0; i < length; i++) {
      weight[i] -= update[i];
    }
  }

  private static void addScaled(float[] update, float[] weight, float factor, int length) {
    for (int i = 0; i < length; i++) {
      update[i] += factor * weight[i];
    }
  }

  private static void clip(float[] update, float limit, int length) {
    for (int i = 0; i < length; i++) {
      update[i] = Math.max(-limit, Math.min(limit, update[i]));
    }
  }

  private void momentum(
      Transform.Momentum momentum, float[] trace, Scratch scratch, int at, int length) {
    float[] update = scratch.update;
    float old = steps == 0 ? 0 : (float) momentum.momentum();
    float fresh = steps == 0 ? 1 : (float) (1 - momentum.dampening());
    float ahead = (float) momentum.momentum();
    boolean nesterov = momentum.form() == Transform.Momentum.Form.NESTEROV;
    // Loops over arrays that start at different places vectorize only with one index.
    float[] run = scratch.trail;
    System.arraycopy(trace, at, run, 0, length);
    for (int i = 0; i < length; i++) {
      run[i] = old * run[i] + fresh * update[i];
    }
    System.arraycopy(run, 0, trace, at, length);
    if (nesterov) {
      addScaled(update, run, ahead, length);
    } else {
      System.arraycopy(run, 0, update, 0, length);
    }
  }

  private void adam(
      Transform.ScaleByAdam adam, float[] means, float[] squares, float[] update, int at, int n) {
    double beta1 = adam.beta1();
    double beta2 = adam.beta2();
    double meanScale = 1 / (1 - StrictMath.pow(beta1, steps + 1));
    double squareScale = 1 / (1 - StrictMath.pow(beta2, steps + 1));
    for (int i = 0; i < n; i++) {
      double gradient = update[i];
      float mean = (float) (beta1 * means[at + i] + (1 - beta1) * gradient);
      float square = (float) (beta2 * squares[at + i] + (1 - beta2) * gradient * gradient);
      means[at + i] = mean;
      squares[at + i] = square;
      update[i] = (float) (mean * meanScale / (Math.sqrt(square * squareScale) + adam.eps()));
    }
  }

  private void rms(Transform.ScaleByRms rms, float[] squares, float[] update, int at, int length) {
    for (int i = 0; i < length; i++) {
      double gradient = update[i];
      double square = rms.decay() * squares[at + i] + (1 - rms.decay()) * gradient * gradient;
      squares[at + i] = (float) square;
      update[i] = (float) (gradient / (Math.sqrt(square) + rms.eps()));
    }
  }

  private void centeredRms(
      Transform.ScaleByRms rms,
      float[] squares,
      float[] means,
      float[] update,
      int at,
      int length) {
    for (int i = 0; i < length; i++) {
      double gradient = update[i];
      double square = rms.decay() * squares[at + i] + (1 - rms.decay()) * gradient * gradient;
      double mean = rms.decay() * means[at + i] + (1 - rms.decay()) * gradient;
      squares[at + i] = (float) square;
      means[at + i] = (float) mean;
      double variance = Math.max(0, square - mean * mean);
      update[i] = (float) (gradient / (Math.sqrt(variance) + rms.eps()));
    }
  }

  private void adagrad(
      Transform.ScaleByAdagrad adagrad, float[] sums, float[] update, int at, int length) {
    for (int i = 0; i < length; i++) {
      double gradient = update[i];
      double sum = sums[at + i] + gradient * gradient;
      sums[at + i] = (float) sum;
      update[i] = (float) (gradient / (Math.sqrt(sum) + adagrad.eps()));
    }
  }

  private void applyToWhole(Part part, Tensor weights) {
    if (part.transform instanceof Transform.ClipByNorm clip) {
      double squares = 0;
      for (Segment segment : segments) {
        squares += segment.trained() ? squares(wholeUpdate, segment) : 0;
      }
      double norm = Math.sqrt(squares);
      if (norm > clip.limit()) {
        for (Segment segment : segments) {
          scaleWhole(segment, clip.limit() / norm);
        }
      }
    } else if (part.transform instanceof Transform.ScaleByTrustRatio ratio) {
      for (Segment segment : segments.stream().filter(ratio::covers).toList()) {
        double updateNorm = Math.sqrt(squares(wholeUpdate, segment));
        double weightNorm = Math.sqrt(squares(weights, segment));
        if (updateNorm > 0 && weightNorm > 0) {
          scaleWhole(segment, weightNorm / updateNorm);
        }
      }
    }
  }

  private double squares(Tensor values, Segment segment) {
    float[] update = SCRATCH.get().update;
    double sum = 0;
    int end = segment.end();
    for (int at = segment.offset(); at < end; at += RUN) {
      int length = Math.min(RUN, end - at);
      values.read(at, update, 0, length);
      for (int i = 0; i < length; i++) {
        sum += (double) update[i] * update[i];
      }
    }
    return sum;
  }

  private void scaleWhole(Segment segment, double factor) {
    float[] update = SCRATCH.get().update;
    int end = segment.end();
    for (int at = segment.offset(); at < end; at += RUN) {
      int length = Math.min(RUN, end - at);
      wholeUpdate.read(at, update, 0, length);
      scale(update, (float) factor, length);
      wholeUpdate.write(at, update, 0, length);
    }
  }
}
