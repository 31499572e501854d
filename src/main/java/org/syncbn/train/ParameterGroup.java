package org.syncbn.train;

import java.util.List;
import java.util.Optional;
import org.syncbn.nn.Network;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.optim.Segment;

/**
 * How the optimizer treats some arrays of weights. Running statistics of batch norms are none of
 * its business.
 *
 * @param match which arrays: a name, such as {@code 0.weight}; a layer, such as {@code 0}; stars
 *     stand for any characters
 * @param trained whether they are moved; false freezes them
 * @param learningRateFactor what their learning rate is multiplied by
 * @param weightDecayFactor what weight decay is multiplied by; by default 1 for the weights of
 *     layers, 0 for gamma, beta and biases
 */
public record ParameterGroup(
    String match, boolean trained, double learningRateFactor, Optional<Double> weightDecayFactor) {

  /** Rejects negative factors. */
  public ParameterGroup {
    requireFactor("learningRateFactor", learningRateFactor);
    weightDecayFactor.ifPresent(factor -> requireFactor("weightDecayFactor", factor));
  }

  private static void requireFactor(String key, double factor) {
    if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(key + " must be at least 0, was " + factor);
    }
  }

  /**
   * What the optimizer has to know of the arrays of a {@link #frozen} network.
   *
   * @param groups the first that matches an array counts
   * @throws IllegalArgumentException if a group matches no array
   */
  static List<Segment> segments(List<ParameterBlock> blocks, List<ParameterGroup> groups) {
    List<String> names = blocks.stream().map(ParameterBlock::name).toList();
    for (ParameterGroup group : groups) {
      new NamePattern(group.match).requireAny(names, "training.parameterGroups");
    }
    return blocks.stream().map(block -> segment(block, groups)).toList();
  }

  /** The network, whose arrays in frozen groups need no gradients. */
  static Network frozen(Network network, List<ParameterGroup> groups) {
    return network.training(name -> of(name, groups).map(ParameterGroup::trained).orElse(true));
  }

  private static Optional<ParameterGroup> of(String array, List<ParameterGroup> groups) {
    return groups.stream().filter(any -> new NamePattern(any.match).matches(array)).findFirst();
  }

  private static Segment segment(ParameterBlock block, List<ParameterGroup> groups) {
    Optional<ParameterGroup> group = of(block.name(), groups);
    double usualDecay = block.role() == ParameterBlock.Role.WEIGHT ? 1 : 0;
    return new Segment(
        block.name(),
        block.offset(),
        block.size(),
        block.trained(),
        group.flatMap(ParameterGroup::weightDecayFactor).orElse(usualDecay),
        group.map(ParameterGroup::learningRateFactor).orElse(1.0));
  }
}
