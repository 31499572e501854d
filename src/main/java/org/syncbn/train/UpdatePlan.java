package org.syncbn.train;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.syncbn.nn.Network;
import org.syncbn.nn.NetworkSlice;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.optim.Segment;
import org.syncbn.optim.SliceCuts;
import org.syncbn.optim.Transform;

/**
 * What executors have to know to update weights themselves, each its slice of them. Immutable; sent
 * with the tasks.
 */
public final class UpdatePlan implements Serializable {

  private static final long serialVersionUID = 1;

  private final Network network;
  private final List<Transform> transforms;
  private final List<Segment> segments;
  private final TrainingOptions.StatisticsScope scope;
  private final int exchanges;
  private final SliceCuts cuts;

  UpdatePlan(
      Network network,
      List<Transform> transforms,
      List<Segment> segments,
      TrainingOptions.StatisticsScope scope,
      int exchanges) {
    this.network = network;
    this.exchanges = exchanges;
    this.transforms = List.copyOf(transforms);
    this.segments = List.copyOf(segments);
    this.scope = scope;
    Set<String> undivided =
        network.parameters().stream()
            .filter(NetworkSlice::isUndivided)
            .map(ParameterBlock::name)
            .collect(Collectors.toSet());
    this.cuts = new SliceCuts(segments, segment -> undivided.contains(segment.name()));
  }

  /** How many exchanges of a step the shards answer; the last answer has the gradients. */
  public int exchanges() {
    return exchanges;
  }

  /** How many weights there are, with the gaps between their arrays. */
  public int size() {
    return cuts.end();
  }

  /**
   * Where the slice of an owner begins; that of the next one is its end.
   *
   * @param owner from 0 to {@code owners}
   */
  public int start(int owner, int owners) {
    return cuts.start(owner, owners);
  }

  /** The slice of one owner, before it is loaded. */
  public WeightSlice open(int owner, int owners) {
    return new WeightSlice(this, start(owner, owners), start(owner + 1, owners));
  }

  Network network() {
    return network;
  }

  List<Transform> transforms() {
    return transforms;
  }

  List<Segment> segments() {
    return segments;
  }

  TrainingOptions.StatisticsScope scope() {
    return scope;
  }
}
