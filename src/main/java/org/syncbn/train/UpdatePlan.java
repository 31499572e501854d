package org.syncbn.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.syncbn.nn.Departures;
import org.syncbn.nn.Network;
import org.syncbn.nn.NetworkSlice;
import org.syncbn.nn.ParameterBlock;
import org.syncbn.optim.Segment;
import org.syncbn.optim.SliceCuts;
import org.syncbn.optim.Transform;
import org.syncbn.optim.WeightAverage;
import org.syncbn.tensor.Tensor;

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
  private final Departures departures;
  private final boolean averages;
  private final SliceCuts cuts;

  UpdatePlan(
      Network network,
      List<Transform> transforms,
      List<Segment> segments,
      TrainingOptions.StatisticsScope scope,
      boolean averages) {
    this.network = network;
    this.averages = averages;
    this.transforms = List.copyOf(transforms);
    this.segments = List.copyOf(segments);
    this.scope = scope;
    this.departures =
        switch (scope) {
          case GLOBAL -> Departures.of(network);
          case SHARD -> Departures.atEnd(network);
        };
    Set<String> undivided =
        network.parameters().stream()
            .filter(NetworkSlice::isUndivided)
            .map(ParameterBlock::name)
            .collect(Collectors.toSet());
    this.cuts = new SliceCuts(segments, segment -> undivided.contains(segment.name()));
  }

  /** Which gradients the shards hand over when. */
  public Departures departures() {
    return departures;
  }

  /** How many weights there are, with the gaps between their arrays. */
  public int size() {
    return cuts.end();
  }

  /** Where the slices of some owners begin, and the last one ends. */
  public int[] starts(int owners) {
    return IntStream.rangeClosed(0, owners).map(owner -> cuts.start(owner, owners)).toArray();
  }

  /** The slice [from, to), before it is loaded. */
  public WeightSlice open(int from, int to) {
    return new WeightSlice(this, from, to);
  }

  /**
   * What the owner of the slice [from, to) begins with: all weights, and its part of the rest.
   *
   * @param whole views of its arrays are made
   */
  public Message.Load part(Message.Load whole, int from, int to) {
    List<Tensor> parts =
        ofOptimizer(whole.state()).stream()
            .map(array -> array.rows(from, to))
            .collect(Collectors.toCollection(ArrayList::new));
    ofAverage(whole.state())
        .ifPresent(halves -> parts.add(WeightAverage.part(halves, segments, from, to)));
    return new Message.Load(whole.run(), whole.step(), whole.weights(), parts);
  }

  /** The arrays of the optimizer among those of a {@link Message.Load}. */
  List<Tensor> ofOptimizer(List<Tensor> state) {
    return averages ? state.subList(0, state.size() - 1) : state;
  }

  /** The average of weights among the arrays of a {@link Message.Load}, if there is one. */
  Optional<Tensor> ofAverage(List<Tensor> state) {
    return averages ? Optional.of(state.get(state.size() - 1)) : Optional.empty();
  }

  /** The average of the weights [from, to), if the run has one; nothing yet. */
  Optional<WeightAverage> average(int from, int to) {
    return averages ? Optional.of(new WeightAverage(segments, from, to)) : Optional.empty();
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
