package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;

/** Layers that are made of others. */
public sealed interface GraphSpec extends LayerSpec {

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
   * What each branch makes of the same input, side by side: the features of all, or the channels of
   * all at each place of images of one size (Keras' {@code Concatenate}). A branch that begins with
   * {@link ShapeSpec.Select} has an input of its own. Parameters are named {@code 3.left.0.weight},
   * left being the branch.
   *
   * @param branches at least two, with different names
   */
  record Concat(List<Branch> branches) implements GraphSpec {

    /** Rejects a single branch, and two of one name. */
    public Concat {
      branches = List.copyOf(branches);
      if (branches.size() < 2) {
        throw new IllegalArgumentException("a concat has at least two branches");
      }
      if (branches.stream().map(Branch::name).distinct().count() < branches.size()) {
        throw new IllegalArgumentException(
            "the branches of a concat have different names, not "
                + branches.stream().map(Branch::name).toList());
      }
    }
  }

  /**
   * One branch of a {@link Concat}.
   *
   * @param name of letters, digits, - and _
   * @param layers in their order; none for the input itself
   */
  record Branch(String name, List<LayerSpec> layers) implements Serializable {

    /** Rejects other names, which could not be told apart in the names of weights. */
    public Branch {
      layers = List.copyOf(layers);
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw new IllegalArgumentException(
            "the name of a branch is of letters, digits, - and _, was '" + name + "'");
      }
    }

    /** Layers under a name. */
    public static Branch of(String name, LayerSpec... layers) {
      return new Branch(name, List.of(layers));
    }
  }
}
