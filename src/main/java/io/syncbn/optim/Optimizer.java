package io.syncbn.optim;

import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An optimizer at work: transforms with their state, which moves a flat vector of weights.
 *
 * <p>Numbers are worked on in runs that stay in the first-level cache: all transforms in a row,
 * then the next run. Only a transform that needs the whole update (clipping by norm, trust ratios)
 * makes a second pass. State is float32; norms are summed in double, in a fixed order.
 *
 * <p>Not thread-safe.
 */
public final class Optimizer {

  private static final int RUN = 2048;

  private final List<Segment> segments;
  private final List<Part> parts = new ArrayList<>();
  private final int size;
  private final float[] update = new float[RUN];
  private final float[] weight = new float[RUN];
  private final float[] trail = new float[RUN];
  private final Tensor wholeUpdate; // empty if no transform needs it
  private long steps;

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
   * @param segments the arrays of weights, side by side from 0
   */
  public Optimizer(List<Transform> transforms, List<Segment> segments) {
    this.segments = List.copyOf(segments);
    this.size = segments.stream().mapToInt(Segment::length).sum();
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
  }

  /** How many steps were taken. */
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

  /** The state by name, not copies: each array is as long as the vector of weights. */
  public Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    for (Part part : parts) {
      for (int i = 0; i < part.state.length; i++) {
        state.put(part.names.get(i), part.state[i]);
      }
    }
    return state;
  }

  /**
   * Goes on from a saved state.
   *
   * @throws IllegalArgumentException if names or lengths are not those of this optimizer
   */
  public void restore(long savedSteps, Map<String, float[]> saved) {
    Map<String, float[]> state = state();
    if (!saved.keySet().equals(state.keySet())) {
      throw new IllegalArgumentException(
          "the saved optimizer has the state "
              + saved.keySet().stream().sorted().toList()
              + ", this one "
              + state.keySet().stream().sorted().toList());
    }
    for (Map.Entry<String, float[]> entry : saved.entrySet()) {
      if (entry.getValue().length != size) {
        throw new IllegalArgumentException(
            "the saved "
                + entry.getKey()
                + " has "
                + entry.getValue().length
                + " numbers, but there are "
                + size
                + " weights");
      }
    }
    saved.forEach((name, values) -> System.arraycopy(values, 0, state.get(name), 0, size));
    steps = savedSteps;
  }

  /**
   * Takes one step.
   *
   * @param weights changed where trained // [weights]
   * @param gradient read only // [weights]
   * @param divisor what the gradient is divided by first
   */
  public void step(Tensor weights, Tensor gradient, double divisor) {
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
        run(from, i, weights, source, scale, wholeUpdate);
        scale = 1;
        source = wholeUpdate;
        from = i + 1;
        applyToWhole(parts.get(i), weights);
      }
    }
    run(from, parts.size(), weights, source, scale, weights);
    steps++;
  }

  /** Applies parts [from, to) run by run; the result is stored, or subtracted from the weights. */
  private void run(int from, int to, Tensor weights, Tensor source, float scale, Tensor target) {
    for (Segment segment : segments) {
      if (!segment.trained()) {
        continue;
      }
      int end = segment.offset() + segment.length();
      for (int at = segment.offset(); at < end; at += RUN) {
        int length = Math.min(RUN, end - at);
        source.read(at, update, 0, length);
        weights.read(at, weight, 0, length);
        if (scale != 1) {
          scale(update, scale, length);
        }
        for (int i = from; i < to; i++) {
          apply(parts.get(i), segment, at, length);
        }
        if (target == weights) {
          subtract(weight, update, length);
          target.write(at, weight, 0, length);
        } else {
          target.write(at, update, 0, length);
        }
      }
    }
  }

  private void apply(Part part, Segment segment, int at, int length) {
    Transform transform = part.transform;
    if (transform instanceof Transform.ScaleByLearningRate rate) {
      scale(update, (float) rate.schedule().rate(steps), length);
    } else if (transform instanceof Transform.Momentum momentum) {
      momentum(momentum, part.state[0], at, length);
    } else if (transform instanceof Transform.AddDecayedWeights decay) {
      if (segment.decays()) {
        addScaled(update, weight, (float) decay.rate(), length);
      }
    } else if (transform instanceof Transform.ScaleByAdam adam) {
      adam(adam, part.state[0], part.state[1], at, length);
    } else if (transform instanceof Transform.ScaleByRms rms) {
      if (rms.center() == Transform.ScaleByRms.Center.MEAN) {
        centeredRms(rms, part.state[0], part.state[1], at, length);
      } else {
        rms(rms, part.state[0], at, length);
      }
    } else if (transform instanceof Transform.ScaleByAdagrad adagrad) {
      adagrad(adagrad, part.state[0], at, length);
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

  private void momentum(Transform.Momentum momentum, float[] trace, int at, int length) {
    float old = steps == 0 ? 0 : (float) momentum.weightOfTrace();
    float fresh = steps == 0 ? 1 : (float) (1 - momentum.dampening());
    float ahead = (float) momentum.weightOfTrace();
    boolean nesterov = momentum.form() == Transform.Momentum.Form.NESTEROV;
    // Loops over arrays that start at different places vectorize only with one index.
    float[] run = trail;
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

  private void adam(Transform.ScaleByAdam adam, float[] means, float[] squares, int at, int n) {
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

  private void rms(Transform.ScaleByRms rms, float[] squares, int at, int length) {
    for (int i = 0; i < length; i++) {
      double gradient = update[i];
      double square = rms.decay() * squares[at + i] + (1 - rms.decay()) * gradient * gradient;
      squares[at + i] = (float) square;
      update[i] = (float) (gradient / (Math.sqrt(square) + rms.eps()));
    }
  }

  private void centeredRms(
      Transform.ScaleByRms rms, float[] squares, float[] means, int at, int length) {
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

  private void adagrad(Transform.ScaleByAdagrad adagrad, float[] sums, int at, int length) {
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
    } else {
      for (Segment segment : segments) {
        double updateNorm = Math.sqrt(squares(wholeUpdate, segment));
        double weightNorm = Math.sqrt(squares(weights, segment));
        if (updateNorm > 0 && weightNorm > 0) {
          scaleWhole(segment, weightNorm / updateNorm);
        }
      }
    }
  }

  private double squares(Tensor values, Segment segment) {
    double sum = 0;
    int end = segment.offset() + segment.length();
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
    int end = segment.offset() + segment.length();
    for (int at = segment.offset(); at < end; at += RUN) {
      int length = Math.min(RUN, end - at);
      wholeUpdate.read(at, update, 0, length);
      scale(update, (float) factor, length);
      wholeUpdate.write(at, update, 0, length);
    }
  }
}
