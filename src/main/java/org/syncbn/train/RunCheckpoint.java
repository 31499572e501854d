package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.NetworkArrays;
import org.syncbn.model.SavedModel;
import org.syncbn.model.StoredArray;

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
    Map<String, StoredArray> training = new LinkedHashMap<>();
    training.put(SUMS, StoredArray.of(state.sums, state.sums.length));
    state
        .optimizer
        .state()
        .forEach(
            (name, values) ->
                training.put(OPTIMIZER + name, StoredArray.of(values, values.length)));
    state.best.ifPresent(
        best ->
            new NetworkArrays(best.weights(), best.states())
                .named(plan.network())
                .forEach((name, array) -> training.put(BEST + name, array)));
    if (state.average.isPresent()) {
      double[] average = state.average.get().values();
      progress.put("averaged", state.average.get().count());
      training.put(AVERAGE, StoredArray.of(average, average.length));
    }
    return new SavedModel(json, model.weights(), training);
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
   * @param path of the checkpoint, for sentences
   * @param now describes the run as it is now
   * @param checksum of the run's rows, if it is known
   * @throws FileFormatException in a sentence, if the checkpoint is not one of this run
   */
  void restore(SavedModel saved, String path, ObjectNode now, Optional<String> checksum) {
    ObjectNode json = saved.description();
    JsonNode progress = json.path("progress");
    if (!progress.isObject() || !saved.training().containsKey(SUMS)) {
      throw new FileFormatException(path + " is a model, not a checkpoint: it cannot be resumed");
    }
    TrainedModel model = TrainedModel.of(saved, path);
    checkSameRun(model.options(), json, path);
    checkSameRows(json, path, now, checksum);
    state.weights.copyFrom(model.arrays().weights());
    state.states = model.arrays().states();
    state.step = progress.path("step").asLong();
    state.epoch = progress.path("epoch").asInt();
    state.batch = progress.path("batch").asLong();
    state.stopped = progress.path("stopped").asBoolean();
    state.sums = saved.training().get(SUMS).doubles();
    state.optimizer.restore(
        progress.path("optimizerSteps").asLong(),
        progress.path("rateFactor").asDouble(1),
        floats(saved, OPTIMIZER));
    JsonNode plateau = progress.path("plateau");
    state.plateau =
        new Plateau(
            plateau.has("best")
                ? OptionalDouble.of(plateau.get("best").asDouble())
                : OptionalDouble.empty(),
            plateau.path("badEpochs").asInt(),
            plateau.path("cooldown").asInt());
    state.average.ifPresent(
        average ->
            average.restore(
                progress.path("averaged").asLong(), saved.training().get(AVERAGE).doubles()));
    state.history.clear();
    for (JsonNode result : json.path("history")) {
      state.history.add(RunOptions.FORMAT.read(result, EpochResult.class, "history"));
    }
    if (progress.has("best")) {
      NetworkArrays arrays = NetworkArrays.of(plan.network(), named(saved, BEST), path);
      JsonNode best = progress.get("best");
      state.best =
          Optional.of(
              new TrainingState.Best(
                  best.path("epoch").asInt(),
                  best.path("value").asDouble(),
                  arrays.weights(),
                  arrays.states()));
    }
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

  private static Map<String, StoredArray> named(SavedModel saved, String prefix) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    saved
        .training()
        .forEach(
            (name, array) -> {
              if (name.startsWith(prefix)) {
                arrays.put(name.substring(prefix.length()), array);
              }
            });
    return arrays;
  }

  private static Map<String, float[]> floats(SavedModel saved, String prefix) {
    Map<String, float[]> values = new LinkedHashMap<>();
    named(saved, prefix).forEach((name, array) -> values.put(name, array.floats()));
    return values;
  }
}
