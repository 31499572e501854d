package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;

/** Layers that are made of others, or join values of several places of a network. */
public sealed interface GraphSpec extends LayerSpec {

  /** Layers beside each other, whose outputs are joined. */
  sealed interface Join extends GraphSpec {

    /** At least two, with different names. */
    List<Branch> branches();
  }

  /**
   * {@code body(x) + shortcut(x)} (He et al. 2016). Parameters are named {@code 3.body.0.weight}
   * and {@code 3.shortcut.0.weight}.
   *
   * @param body layers, at least one
   * @param shortcut layers; none for x itself
   */
  record Residual(List<LayerSpec> body, List<LayerSpec> shortcut) implements GraphSpec {

    /** Throws if the body is empty. */
    public Residual {
      body = List.copyOf(body);
      shortcut = List.copyOf(shortcut);
      if (body.isEmpty()) {
        throw new IllegalArgumentException("the body of a residual block needs a layer");
      }
    }
  }

  /**
   * Names the output of the layer before it, for any {@link Branch} behind it in the network. Does
   * nothing else.
   *
   * @param name of letters, digits, - and _, different from all others of the network
   */
  record Named(String name) implements GraphSpec {

    /** Rejects other names, and the one that branches have for the layer before. */
    public Named {
      requireName(name, "a layer's output");
      if (name.equals(Branch.PREVIOUS)) {
        throw new IllegalArgumentException(
            "'previous' always is the output of the layer before: choose another name");
      }
    }
  }

  /**
   * What each branch makes, side by side: the features of all, or the channels of all at each place
   * of images of one size (Keras' {@code Concatenate}). A branch that begins with {@link
   * ShapeSpec.Select} has an input of its own. Parameters are named {@code 3.left.0.weight}, left
   * being the branch.
   *
   * @param branches at least two, with different names
   */
  record Concat(List<Branch> branches) implements Join {

    /** Rejects a single branch, and two of one name. */
    public Concat {
      branches = List.copyOf(branches);
      requireSeveral(branches, "a concat");
    }
  }

  /**
   * The sum of what all branches make, of one shape (Keras' {@code Add}). Parameters are named as
   * those of {@link Concat}.
   *
   * @param branches at least two, with different names
   */
  record Add(List<Branch> branches) implements Join {

    /** Rejects a single branch, and two of one name. */
    public Add {
      branches = List.copyOf(branches);
      requireSeveral(branches, "an add");
    }
  }

  /**
   * One branch of a {@link Join}.
   *
   * @param name of letters, digits, - and _
   * @param from what it reads: {@value #PREVIOUS}, or the name of a {@link Named} layer anywhere
   *     before
   * @param layers in their order; none for what it reads
   */
  record Branch(String name, String from, List<LayerSpec> layers) implements Serializable {

    /** The output of the layer before the join. */
    public static final String PREVIOUS = "previous";

    /** Rejects other names, which could not be told apart in the names of weights. */
    public Branch {
      layers = List.copyOf(layers);
      requireName(name, "a branch");
    }

    /** Layers behind the output of the layer before, under a name. */
    public static Branch of(String name, LayerSpec... layers) {
      return new Branch(name, PREVIOUS, List.of(layers));
    }

    /** A value by its name, or {@value #PREVIOUS}, as it is. */
    public static Branch reading(String from) {
      return new Branch(from, from, List.of());
    }
  }

  private static void requireName(String name, String what) {
    if (!name.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException(
          "the name of " + what + " is of letters, digits, - and _, was '" + name + "'");
    }
  }

  private static void requireSeveral(List<Branch> branches, String what) {
    if (branches.size() < 2) {
      throw new IllegalArgumentException(what + " has at least two branches");
    }
    if (branches.stream().map(Branch::name).distinct().count() < branches.size()) {
      throw new IllegalArgumentException(
          "the branches of %s have different names, not %s"
              .formatted(what, branches.stream().map(Branch::name).toList()));
    }
  }
}
