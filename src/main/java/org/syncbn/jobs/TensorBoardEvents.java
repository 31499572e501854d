package org.syncbn.jobs;

import java.util.Map;
import java.util.Optional;
import org.syncbn.nn.BatchNormReport;
import org.syncbn.report.EventFile;
import org.syncbn.train.EpochResult;
import org.syncbn.train.LayersResult;
import org.syncbn.train.StepResult;
import org.syncbn.train.StepTimes;
import org.syncbn.train.TrainingListener;

/** Writes what is measured of a run as events for TensorBoard; the steps are its axis. */
final class TensorBoardEvents implements TrainingListener, AutoCloseable {

  private final Optional<EventFile> file;

  /** Events for a file, or for nobody. */
  TensorBoardEvents(Optional<EventFile> file) {
    this.file = file;
  }

  @Override
  public void onStep(StepResult result) {
    file.ifPresent(events -> events.scalar("loss/step", result.step(), result.loss()));
  }

  @Override
  public void onLayers(LayersResult result) {
    file.ifPresent(events -> write(events, result));
  }

  private static void write(EventFile events, LayersResult result) {
    long step = result.step();
    result
        .gradientNorms()
        .forEach((array, norm) -> events.scalar("gradientNorm/" + array, step, norm));
    for (BatchNormReport norm : result.batchNorms()) {
      events.scalar("runningMeanShift/" + norm.layer(), step, norm.drift().meanShift());
      events.scalar("deadChannels/" + norm.layer(), step, norm.deadChannels());
    }
  }

  @Override
  public void onEpoch(EpochResult result) {
    file.ifPresent(events -> write(events, result));
  }

  private static void write(EventFile events, EpochResult result) {
    long step = result.steps();
    metrics(events, "train", step, result.train());
    metrics(events, "validation", step, result.validation());
    StepTimes times = result.times();
    events.scalar("learningRate", step, result.learningRate());
    events.scalar("samplesPerSecond", step, result.samplesPerSecond());
    events.scalar("seconds/compute", step, times.computeSeconds());
    events.scalar("seconds/exchange", step, times.exchangeSeconds());
    events.scalar("seconds/driver", step, times.driverSeconds());
    events.scalar("shardSkew", step, times.shardSkew());
    events.flush();
  }

  /** Beside each other in TensorBoard: the same metric of all parts. */
  private static void metrics(
      EventFile events, String part, long step, Map<String, Double> metrics) {
    metrics.forEach((name, value) -> events.scalar(name + "/" + part, step, value));
  }

  @Override
  public void close() {
    file.ifPresent(EventFile::close);
  }
}
