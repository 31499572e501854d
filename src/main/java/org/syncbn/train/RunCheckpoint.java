package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.ModelReader;
import org.syncbn.model.NetworkArrays;
import org.syncbn.model.NetworkArraysReader;
import org.syncbn.model.SavedModel;
import org.syncbn.model.StoredArray;
import org.syncbn.tensor.Tensor;

/**
 * What a checkpoint holds, and a run that goes on from one: a model with the run's progress, the
 * optimizer's arrays, the best epoch and the average of the weights. Only the run that wrote a
 * checkpoint goes on from it: one with the same options and the same rows. Not thread-safe.
 */
final class RunCheckpoint {

  private static final String OPTIMIZER = "optimizer/";
  private static final String BEST = "best/";
  private static final String AVERAGE = "average";
  private static final String SUMS = "sums";
  private static final String CHECKSUM = "checksum";

  private final RunOptions options;
  private final TrainingPlan plan;
  private final TrainingState state;

  /**
   * The checkpoints of a run.
   *
   * @param state is read, and set by {@link #restore}
   */
  RunCheckpoint(RunOptions options, TrainingPlan plan, TrainingState state) {
    this.options = options;
    this.plan = plan;
    this.state = state;
  }

  /**
   * A checkpoint of the run as it is state.
   *
   * @param model of the run as it is now; becomes part of the checkpoint
   * @param checksum of the run's rows, if it is known
   */
  SavedModel of(SavedModel model, Optional<String> checksum) {
    ObjectNode json = model.description();
    ObjectNode progress = json.putObject("progress");
    progress.put("step", state.step).put("epoch", state.epoch).put("batch", state.batch);
    progress.put("optimizerSteps", state.optimizer.steps());
    progress.put("rateFactor", state.optimizer.rateFactor());
    ObjectNode plateau = progress.putObject("plateau");
    state.plateau.best().ifPresent(best -> plateau.put("best", best));
    plateau.put("badEpochs", state.plateau.badEpochs()).put("cooldown", state.plateau.cooldown());
    progress.put("stopped", state.stopped);
    progress.set("trainingRows", rowsJson());
    checksum.ifPresent(sum -> progress.put(CHECKSUM, sum));
    state.best.ifPresent(
        best -> progress.putObject("best").put("epoch", best.epoch()).put("value", best.value()));
    if (state.average.isPresent()) {
      progress.put("averaged", state.average.get().count());
    }
    return new SavedModel(json, model.weights(), arrays());
  }

  private Map<String, StoredArray> arrays() {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    arrays.put(SUMS, StoredArray.of(state.sums, state.sums.length));
    state
        .optimizer
        .state()
        .forEach(
            (name, values) ->
                arrays.put(OPTIMIZER + name, StoredArray.ofFloats(values::read, values.size())));
    state.best.ifPresent(
        best ->
            new NetworkArrays(best.weights(), best.states())
                .named(plan.network())
                .forEach((name, array) -> arrays.put(BEST + name, array)));
    state.average.ifPresent(
        average -> arrays.put(AVERAGE, StoredArray.ofDoubles(average::read, average.size())));
    return arrays;
  }

  private ArrayNode rowsJson() {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (int count : plan.rowsOfShards()) {
      rows.add(count);
    }
    return rows;
  }

  /**
   * Goes on from a checkpoint.
   *
   * @param now describes the run as it is now
   * @param checksum of the run's rows, if it is known
   * @throws FileFormatException in a sentence, if the checkpoint is damaged or not one of this run;
   *     the state is of no use then
   * @throws IOException if the file system rejects
   */
  void restore(ModelReader saved, ObjectNode now, Optional<String> checksum) throws IOException {
    String path = saved.path();
    ObjectNode json = saved.description();
    JsonNode progress = json.path("progress");
    if (!progress.isObject() || !saved.isCheckpoint()) {
      throw new FileFormatException(path + " is a model, not a checkpoint: it cannot be resumed");
    }
    checkSameRun(TrainedModel.options(saved), json, path);
    checkSameRows(json, path, now, checksum);
    NetworkArraysReader arrays = new NetworkArraysReader(plan.network(), state.weights, path);
    saved.weights(arrays);
    state.states = arrays.finish().states();
    readTraining(saved);
    restore(progress);
    state.history.clear();
    for (JsonNode result : json.path("history")) {
      state.history.add(RunOptions.FORMAT.read(result, EpochResult.class, "history"));
    }
  }

  private void restore(JsonNode progress) {
    state.step = progress.path("step").asLong();
    state.epoch = progress.path("epoch").asInt();
    state.batch = progress.path("batch").asLong();
    state.stopped = progress.path("stopped").asBoolean();
    state.optimizer.goTo(
        progress.path("optimizerSteps").asLong(), progress.path("rateFactor").asDouble(1));
    JsonNode plateau = progress.path("plateau");
    state.plateau =
        new Plateau(
            plateau.has("best")
                ? OptionalDouble.of(plateau.get("best").asDouble())
                : OptionalDouble.empty(),
            plateau.path("badEpochs").asInt(),
            plateau.path("cooldown").asInt());
    state.average.ifPresent(average -> average.restore(progress.path("averaged").asLong()));
  }

  /** Reads the arrays of the training state to where the run keeps them. */
  private void readTraining(ModelReader saved) throws IOException {
    String path = saved.path();
    Map<String, Place> places = places();
    JsonNode kept = saved.description().path("progress").path("best");
    Optional<NetworkArraysReader> best =
        kept.isObject()
            ? Optional.of(
                new NetworkArraysReader(
                    plan.network(), Tensor.zeros(plan.network().weightCount()), path))
            : Optional.empty();
    saved.training(
        (name, array) -> {
          Place place = places.get(name);
          if (name.startsWith(BEST) && best.isPresent()) {
            best.get().receive(name.substring(BEST.length()), array);
          } else if (place == null || place.size != array.size()) {
            throw new FileFormatException(
                "%s: '%s' is not an array of this run".formatted(path, name + array));
          } else {
            place.read.accept(array);
            places.remove(name);
          }
        });
    if (!places.isEmpty()) {
      throw new FileFormatException(
          "%s has no '%s', which the run needs".formatted(path, places.keySet().iterator().next()));
    }
    state.best =
        best.map(NetworkArraysReader::finish)
            .map(
                arrays ->
                    new TrainingState.Best(
                        kept.path("epoch").asInt(),
                        kept.path("value").asDouble(),
                        arrays.weights(),
                        arrays.states()));
  }

  /** Where an array of some size is read to. */
  private record Place(int size, Consumer<StoredArray> read) {}

  private Map<String, Place> places() {
    Map<String, Place> places = new HashMap<>();
    places.put(SUMS, new Place(state.sums.length, array -> state.sums = array.doubles()));
    state
        .optimizer
        .state()
        .forEach(
            (name, values) ->
                places.put(
                    OPTIMIZER + name,
                    new Place(values.size(), array -> array.floatsTo(values::write))));
    state.average.ifPresent(
        average ->
            places.put(
                AVERAGE, new Place(average.size(), array -> array.doublesTo(average::write))));
    return places;
  }

  /** What comes after the last step may differ: more epochs, or precise statistics. */
  private void checkSameRun(RunOptions theirs, ObjectNode saved, String path) {
    JsonNode progress = saved.path("progress");
    ObjectNode mine = options.json();
    ObjectNode other = theirs.json();
    for (ObjectNode json : List.of(mine, other)) {
      ((ObjectNode) json.get("training"))
          .remove(List.of("epochs", "checkpoint", "preciseStatistics", "metrics"));
    }
    for (Map.Entry<String, JsonNode> entry : mine.properties()) {
      if (!entry.getValue().equals(other.get(entry.getKey()))) {
        throw new FileFormatException(
            "%s belongs to another run: its '%s' differs; resume with the same settings, or use an"
                    .formatted(path, entry.getKey())
                + " empty checkpoint folder");
      }
    }
    if (!options.transforms(plan).equals(theirs.transforms(plan))) {
      throw new FileFormatException(
          "%s belongs to another run: its learning rate changes over training.epochs = %d, which is %d now; resume with the same epochs, or start anew with a schedule whose length is set in steps or epochs"
              .formatted(path, theirs.training().epochs(), options.training().epochs()));
    }
    int begun = progress.path("epoch").asInt() + (progress.path("batch").asLong() > 0 ? 1 : 0);
    if (begun > options.training().epochs()) {
      throw new FileFormatException(
          "%s is in or after epoch %d, but training.epochs is %d; use an empty checkpoint folder"
              .formatted(path, begun, options.training().epochs()));
    }
  }

  private void checkSameRows(
      ObjectNode saved, String path, ObjectNode now, Optional<String> checksum) {
    JsonNode progress = saved.path("progress");
    if (!rowsJson().toString().equals(progress.path("trainingRows").toString())) {
      throw new FileFormatException(
          path + " belongs to other data: its shards have other numbers of rows");
    }
    boolean sameForm =
        Stream.of("encoding", "statistics", "target")
            .allMatch(key -> Objects.equals(now.get(key), saved.get(key)));
    if (!sameForm) {
      throw new FileFormatException(path + " belongs to other data: its rows have other values");
    }
    if (checksum.isPresent() && !checksum.get().equals(progress.path(CHECKSUM).asText())) {
      throw new FileFormatException(path + " belongs to other data: its rows have other values");
    }
  }
}
