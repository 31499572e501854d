package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.tensor.Tensor;

/** The masks of the values of a pass. Memory is made once. Not thread-safe. */
final class PlaceMasks {

  /** The masks of a pass that has none. */
  static final PlaceMasks NONE = new PlaceMasks(List.of(), List.of(), 0);

  private final List<Integer> ofValues;
  private final List<MaskOrigin> origins;
  private final List<PlaceMask> masks = new ArrayList<>();

  private PlaceMasks(List<Integer> ofValues, List<MaskOrigin> origins, int maximumRows) {
    this.ofValues = ofValues;
    this.origins = origins;
    for (MaskOrigin origin : origins) {
      masks.add(new PlaceMask(maximumRows, origin.places()));
    }
  }

  /** Makes memory for at most so many rows. */
  static PlaceMasks of(Network network, int maximumRows) {
    return network.masks().isEmpty()
        ? NONE
        : new PlaceMasks(network.masksOfValues(), network.masks(), maximumRows);
  }

  /** Starts a pass over so many rows. */
  void begin(int rows) {
    masks.forEach(mask -> mask.begin(rows));
  }

  /** Turns to some of the rows of the pass; see {@link PlaceMask#select}. */
  void select(int first, int rows) {
    if (!masks.isEmpty()) {
      masks.forEach(mask -> mask.select(first, rows));
    }
  }

  /** The mask of a value. */
  PlaceMask of(int value) {
    return masks.isEmpty() || ofValues.get(value) == MaskOrigin.NONE
        ? PlaceMask.NONE
        : masks.get(ofValues.get(value));
  }

  /** After a node has made its value, if it is masked: finds where, and writes zeros there. */
  void apply(Node node, Tensor value, int rows) {
    if (of(node.y()) == PlaceMask.NONE) {
      return;
    }
    if (of(node.y()) != of(node.x())) {
      find(origins.get(ofValues.get(node.y())), of(node.y()), rows);
    }
    of(node.y()).clear(value);
  }

  private void find(MaskOrigin origin, PlaceMask mask, int rows) {
    if (origin instanceof MaskOrigin.Moved moved) {
      mask.showAll();
      moved.map().move(masks.get(moved.mask()), mask, rows);
    } else if (origin instanceof MaskOrigin.Both both) {
      mask.showAll();
      mask.hideAll(masks.get(both.mask()));
      mask.hideAll(masks.get(both.other()));
    }
  }
}
