package org.syncbn.jobs;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.ThreadOptions;
import org.syncbn.cli.Versions;
import org.syncbn.data.ShardDealer;
import org.syncbn.jobs.StopSignals.StopSignal;
import org.syncbn.model.Folder;
import org.syncbn.model.SavedModel;
import org.syncbn.report.RunReport;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.Engine;
import org.syncbn.train.RunOptions;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingRun;
import org.syncbn.train.Work;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code train}: a run file, an engine, a saved model. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/train [CONF] [--set KEY=VALUE...] [OPTION]...",
    description = {
      "",
      "Trains a network whose batch-norm layers see the whole mini-batch, and saves it.",
      "",
      "Without arguments: trains on generated images of ten figures, on all cores of this machine.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/train conf/fashion-mnist-mlp.conf --set data.path=/data/fashion-mnist",
      "  jobs/train --set training.epochs=20 --set optimizer.adam.learningRate=0.002",
      "  jobs/train --master 'local-cluster[2,1,2048]' --engine tree",
      "  jobs/train conf/fashion-mnist-cnn.conf --checkpoint state --resume",
      "",
      "Ctrl-C and SIGTERM end the run after the step that is under way, with a checkpoint if there"
          + " is a folder for it; a second signal ends it at once.",
      "",
      "The exit code is 0 when all went well, 1 when the job failed, 2 when the arguments are"
          + " wrong, 130 after Ctrl-C, 143 after SIGTERM."
    })
final class TrainJob implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin RunFileOptions runFile;
  @Mixin EngineOptions engines;
  @Mixin ThreadOptions local;
  @Mixin SessionOptions session;

  @Option(
      names = "--model",
      paramLabel = "FOLDER",
      description =
          "Where the model is saved, in Hadoop's file systems. Default: models/ and the run file's"
              + " name, where the next run replaces it.")
  String model;

  @Option(
      names = "--overwrite",
      description =
          "Replace the model that --model names, if there is one. A run that goes on with --resume"
              + " needs no leave for it.")
  boolean overwrite;

  @Option(
      names = "--checkpoint",
      paramLabel = "FOLDER",
      description =
          "Where the state of the run is kept, in Hadoop's file systems: after each epoch unless"
              + " the run file says otherwise. Default: what the run file says.")
  String checkpoint;

  @Option(
      names = "--precise-statistics",
      description =
          "After training, replace the running averages of batch norms by the statistics of all"
              + " training rows; the same as --set training.preciseStatistics=true.")
  boolean preciseStatistics;

  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  boolean resume;

  /** Runs the job. */
  @Override
  public Integer call() {
    if (preciseStatistics) {
      runFile.settings.add("training.preciseStatistics=true");
    }
    RunOptions options = runFile.read(spec.commandLine());
    return Failures.attempt(() -> train(options));
  }

  private int train(RunOptions options) throws IOException {
    Folder target = folder(model == null ? "models/" + runFile.name() : model);
    if (model != null && !overwrite && !resume && !engines.explain) {
      SavedModel.requireNone(target);
    }
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(session.files()))) {
      Optional<OutputCommit.TextFile> report = session.reporting.file(outputs);
      int exitCode = train(options, target, report);
      if (exitCode == 0 && !engines.explain) {
        outputs.commit();
      }
      return exitCode;
    }
  }

  private int train(RunOptions options, Folder target, Optional<OutputCommit.TextFile> report)
      throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    long begun = System.nanoTime();
    try (RunSite site = engines.site(options, session, local.threads());
        RunRows rows = RunRows.read(options, site)) {
      TrainingRun run =
          new TrainingRun(options, rows.schema(), rows.trainingRows(), rows.validationRows());
      rows.statistics().ifPresent(run::keepStatistics);
      rows.check(options.loss(), run.plan().network().output().size());
      if (!engines.explain) { // what cannot be written is said now, not after hours of training
        SavedModel.requireWritable(target);
        prepareCheckpoints(run, rows, options, terminal);
      }
      EngineOptions.Decision decision =
          engines.decide(site, run.plan(), options.training().batchSize());
      if (engines.explain) {
        terminal.print(decision.explanation());
        return 0;
      }
      if (local.isGiven() && decision.kind() != EngineKind.IN_PROCESS) {
        terminal.say(
            "note: the %s engine trains in tasks of Spark, not in the threads of --threads; --tasks and --master set how many compute at once"
                .formatted(decision.kind()));
      }
      Stream.of(
              ShardDealer.imbalance(rows.trainingRows()),
              ShardDealer.idleness(options.shards(), site.workers(decision.kind())))
          .flatMap(Optional::stream)
          .forEach(sentence -> terminal.say("warning: " + sentence));
      Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
      try (Engine engine = rows.open(decision.kind(), run.plan());
          TrainingProgress progress = new TrainingProgress(terminal, options)) {
        Trainer trainer = run.trainer(engine, progress);
        Optional<StopSignal> stopped = runUntilStopped(trainer, progress);
        if (stopped.isPresent()) {
          progress.onNote(whatIsKept(stopped.get(), run));
          return stopped.get().exitCode();
        }
        // Whatever happens to the evaluations, the training is not lost.
        run.model(metrics).save(target);
        metrics.put("train", trainer.evaluate(Work.Part.TRAINING));
        metrics.put("validation", trainer.evaluate(Work.Part.VALIDATION));
      }
      // A gang would hold the slots that this needs.
      metrics.put("test", rows.evaluateTest(decision.kind(), run.trained()));
      metrics.values().removeIf(Map::isEmpty);
      SavedModel saved = run.model(metrics);
      saved.save(target);
      TrainingSummary summary =
          new TrainingSummary(run, metrics, (System.nanoTime() - begun) / 1e9);
      String engine = site.description(decision.kind());
      terminal.print(summary.text(engine, target.path()));
      RunReport content =
          new RunReport()
              .with("samplesPerSecond", summary.samplesPerSecond())
              .with("seconds", summary.seconds())
              .with("history", RunOptions.FORMAT.write(run.history()))
              .with("metrics", metrics)
              .with("engine", engine)
              .with("options", options.json())
              .with("provenance", saved.description().get("provenance"))
              .with("model", target.path());
      report.ifPresent(file -> file.write(content.json()));
      return 0;
    }
  }

  /** Trains; which signal ended it before its time, if one did. */
  private static Optional<StopSignal> runUntilStopped(Trainer trainer, TrainingProgress progress) {
    try (StopSignals signals = new StopSignals(trainer::stop)) {
      if (!trainer.run()) {
        return signals.received();
      }
      signals
          .received()
          .ifPresent(
              signal ->
                  progress.onNote(
                      signal.title()
                          + " came after the last step: the model is saved and evaluated; once more"
                          + " ends the job at once"));
      return Optional.empty();
    }
  }

  private static String whatIsKept(StopSignal signal, TrainingRun run) {
    return "stopped by %s after step %d: %s"
        .formatted(
            signal.title(),
            run.step(),
            run.lastCheckpoint()
                .map(place -> "the same command with --resume goes on from " + place)
                .orElse("nothing is kept, since there is no --checkpoint folder to resume from"));
  }

  private void prepareCheckpoints(
      TrainingRun run, RunRows rows, RunOptions options, Terminal terminal) throws IOException {
    String location =
        checkpoint != null
            ? checkpoint
            : options.training().checkpoint().map(when -> when.folder()).orElse(null);
    if (location == null) {
      if (resume) {
        throw new ParameterException(
            spec.commandLine(), "--resume needs a checkpoint folder: name it with --checkpoint");
      }
      return;
    }
    Folder place = folder(location);
    place.list(); // refuses what is no folder
    boolean isNew = !place.exists();
    SavedModel.requireWritable(place.child("checkpoint"));
    if (isNew) {
      place.delete();
    }
    run.keepCheckpointsIn(place);
    run.keepChecksum(rows.checksum());
    if (resume) {
      long step = run.resume();
      terminal.say(
          step == 0
              ? "no checkpoint in %s yet: starting from the beginning".formatted(place.path())
              : "resuming after step " + step);
    }
  }

  private Folder folder(String location) throws IOException {
    return HadoopFolder.at(location, session.files());
  }
}
