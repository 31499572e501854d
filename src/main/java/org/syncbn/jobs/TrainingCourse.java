package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.report.RunReport;
import org.syncbn.train.LayersResult;
import org.syncbn.train.RunOptions;
import org.syncbn.train.StepResult;
import org.syncbn.train.TrainingListener;

/** Keeps for the report what a run says of itself while it goes on. Not thread-safe. */
final class TrainingCourse implements TrainingListener {

  private final List<Long> steps = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();
  private final List<Double> learningRates = new ArrayList<>();
  private final List<LayersResult> layers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  @Override
  public void onStep(StepResult result) {
    steps.add(result.step());
    losses.add(result.loss());
    learningRates.add(result.learningRate());
  }

  @Override
  public void onLayers(LayersResult result) {
    layers.add(result);
  }

  @Override
  public void onNote(String sentence) {
    notes.add(sentence);
  }

  /** Adds it to a report; after a resume it begins there. */
  RunReport addTo(RunReport report) {
    Map<String, List<? extends Number>> columns = new LinkedHashMap<>();
    columns.put("step", steps);
    columns.put("loss", losses);
    columns.put("learningRate", learningRates);
    return report
        .with("notes", notes)
        .with("steps", columns)
        .with("layers", RunOptions.FORMAT.write(layers));
  }
}
