package org.syncbn.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.syncbn.api.FittedNetwork;
import org.syncbn.api.InferredRun;
import org.syncbn.api.NetworkTrainer;
import org.syncbn.api.NetworkTraining;
import org.syncbn.cli.Failures;
import org.syncbn.cli.JobFailure;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions.ReportFile;
import org.syncbn.cli.SessionOptions;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.ThreadOptions;
import org.syncbn.cli.Versions;
import org.syncbn.jobs.StopSignals.StopSignal;
import org.syncbn.model.Folder;
import org.syncbn.model.SavedModel;
import org.syncbn.report.EventFile;
import org.syncbn.report.RunReport;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.RunOptions;
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
    customSynopsis = {
      "jobs/train [CONF] [--set KEY=VALUE...] [OPTION]...",
      "jobs/train --input PATH --label COLUMN [--write-config FILE] [OPTION]..."
    },
    description = {
      "",
      "Trains a network whose batch-norm layers see the whole mini-batch, and saves it.",
      "",
      "Without arguments: trains on generated images of ten shapes, on all cores of this"
          + " machine.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/train --input adult.csv --label income",
      "  jobs/train conf/fashion-mnist-mlp.conf --set data.path=/data/fashion-mnist",
      "  jobs/train --set training.epochs=20 --set optimizer.adam.learningRate=0.002",
      "  jobs/train --master 'local-cluster[2,1,2048]' --engine tree",
      "  jobs/train conf/fashion-mnist-cnn.conf --checkpoint state --resume",
      "",
      "Ctrl-C and SIGTERM stop the run after the current step, with a checkpoint if there is a"
          + " folder for it; a second signal stops it at once.",
      "",
      "The exit code is 0 for success, 1 if the job failed, 2 for invalid arguments, 130 after"
          + " Ctrl-C, 143 after SIGTERM."
    })
final class TrainJob implements Callable<Integer> {

  @Spec CommandSpec spec;
  @Mixin RunFileOptions runFile;
  @Mixin EngineOptions engines;
  @Mixin ThreadOptions local;
  @Mixin DryRun dryRun;
  @Mixin SessionOptions session;

  @Option(
      names = "--model",
      paramLabel = "FOLDER",
      description =
          "Folder for the model, on a Hadoop file system. Default: models/ and the run file's"
              + " name, which the next run replaces.")
  String model;

  @Option(
      names = "--overwrite",
      description =
          "Replace an existing model in --model. A run continued with --resume does so without"
              + " it.")
  boolean overwrite;

  @Option(
      names = "--checkpoint",
      paramLabel = "FOLDER",
      description =
          "Folder for checkpoints, on a Hadoop file system: one after each epoch, unless the run"
              + " file sets another interval. Default: that of the run file.")
  String checkpoint;

  @Option(
      names = "--initial-model",
      paramLabel = "FOLDER",
      description =
          "A saved model or a checkpoint to start from, in the place of drawn weights; the same as"
              + " --set training.initialModel.folder=FOLDER.")
  String initialModel;

  @Option(
      names = "--precise-statistics",
      description =
          "After training, replace the running statistics of batch norms with those of all"
              + " training rows (batch-norm recalibration); same as --set"
              + " training.preciseStatistics=true.")
  boolean preciseStatistics;

  @Option(
      names = "--tensorboard",
      paramLabel = "FOLDER",
      description =
          "Write losses, metrics and times as events for TensorBoard into a new file of this local"
              + " folder, while the run goes on.")
  Path tensorBoard;

  @Option(names = "--resume", description = "Resume from the newest checkpoint, if there is one.")
  boolean resume;

  /** Runs the job. */
  @Override
  public Integer call() {
    if (preciseStatistics) {
      runFile.settings.add("training.preciseStatistics=true");
    }
    if (initialModel != null) {
      runFile.settings.add("training.initialModel.folder=" + initialModel);
    }
    runFile.check(ArgumentCheck.of(spec));
    if (runFile.isInferred()) {
      return Failures.attempt(this::infer);
    }
    RunOptions options = runFile.read(spec.commandLine());
    if (dryRun.isWanted) {
      return Failures.attempt(() -> look(options));
    }
    return Failures.attempt(() -> train(options));
  }

  /** Makes a run file for a table, and carries it out. */
  private int infer() throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    try (Session open = session.open("syncbn train")) {
      InferredRun run = runFile.infer(open.spark());
      RunOptions options = run.options(runFile.settings);
      if (engines.explain || dryRun.isWanted) {
        terminal.print(run.text() + "\n");
        return look(options);
      }
      if (runFile.written != null) {
        write(run);
      } else {
        terminal.say(run.text());
      }
      return train(options);
    }
  }

  private void write(InferredRun run) throws IOException {
    if (Files.exists(runFile.written) && !overwrite) {
      throw new JobFailure(
          "The run file %s exists; name another file, or replace it with --overwrite."
              .formatted(runFile.written));
    }
    Files.writeString(runFile.written, run.text());
  }

  private Folder target() throws IOException {
    Folder target = folder(model == null ? "models/" + runFile.name() : model);
    if (model != null && !overwrite && !resume && !engines.explain) {
      SavedModel.requireNone(target);
    }
    return target;
  }

  private int look(RunOptions options) throws IOException {
    List<String> places = new ArrayList<>(List.of(target().path()));
    checkpointPlace(options).ifPresent(places::add);
    session.reporting.location().ifPresent(places::add);
    Optional.ofNullable(runFile.written).map(Path::toString).ifPresent(places::add);
    String input;
    if (options.data().format().isTable()) {
      try (Session open = session.open("syncbn train")) {
        input = PlannedRun.tables(options, open.spark());
      }
    } else {
      input = PlannedRun.images(options);
    }
    Terminal.of(spec.commandLine()).print(input + DryRun.outputs(places));
    return 0;
  }

  private int train(RunOptions options) throws IOException {
    Folder target = target();
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(session.files()))) {
      Optional<ReportFile> report = session.reporting.file(outputs);
      int exitCode = train(options, target, report);
      if (exitCode == 0 && !engines.explain) {
        outputs.commit();
      }
      return exitCode;
    }
  }

  private int train(RunOptions options, Folder target, Optional<ReportFile> report)
      throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    long begun = System.nanoTime();
    if (!engines.explain) { // what cannot be written is said now, not after hours of training
      SavedModel.requireWritable(target);
    }
    TrainingProgress progress = new TrainingProgress(terminal, options);
    TensorBoardEvents events = events();
    TrainingCourse course = new TrainingCourse();
    NetworkTrainer trainer = trainer(options).with(progress.and(events).and(course));
    boolean onSpark = trainer.needsSpark() || engines.explain;
    try (Session opened = onSpark ? session.open("syncbn train") : null;
        progress;
        events;
        NetworkTraining training =
            onSpark ? trainer.prepare(opened.spark()) : trainer.prepareWithoutSpark()) {
      if (engines.explain) {
        terminal.print(training.explain());
        return 0;
      }
      if (local.isGiven() && training.engineKind() != EngineKind.IN_PROCESS) {
        terminal.say(
            "note: the %s engine trains in tasks of Spark, not in the threads of --threads; --tasks and --master set how many compute at once"
                .formatted(training.engineKind()));
      }
      Optional<StopSignal> stopped = runUntilStopped(training, progress);
      if (stopped.isPresent()) {
        progress.onNote(whatIsKept(stopped.get(), training));
        return stopped.get().exitCode();
      }
      // Whatever happens to the evaluations, the training is not lost.
      training.network().save(target);
      training.evaluate();
      FittedNetwork network = training.network();
      network.save(target);
      TrainingSummary summary = new TrainingSummary(network, (System.nanoTime() - begun) / 1e9);
      String text = summary.text(training.engine(), target.path());
      terminal.print(text);
      RunReport content =
          new RunReport()
              .with("job", "train")
              .with("text", text)
              .with("samplesPerSecond", summary.samplesPerSecond())
              .with("seconds", summary.seconds())
              .with("history", RunOptions.FORMAT.write(network.history()))
              .with("metrics", network.metrics())
              .with("engine", training.engine())
              .with("options", network.model().options().json())
              .with("provenance", network.provenance())
              .with("model", target.path());
      if (!training.confusionMatrix().isEmpty()) {
        content
            .with("confusionMatrix", training.confusionMatrix())
            .with("classes", network.model().schema().classes());
      }
      report.ifPresent(file -> file.write(course.addTo(content)));
      return 0;
    }
  }

  private Optional<String> checkpointPlace(RunOptions options) {
    return Optional.ofNullable(checkpoint)
        .or(() -> options.training().checkpoint().flatMap(when -> when.folder()));
  }

  private NetworkTrainer trainer(RunOptions options) throws IOException {
    NetworkTrainer trainer = engines.over(options).withThreads(local.threads());
    Optional<String> location = checkpointPlace(options);
    if (location.isPresent()) {
      trainer = trainer.withCheckpoints(folder(location.get()));
    } else if (resume) {
      throw new ParameterException(
          spec.commandLine(), "--resume needs a checkpoint folder: name it with --checkpoint");
    }
    return resume ? trainer.resuming() : trainer;
  }

  /** Trains; which signal ended it before its time, if one did. */
  private static Optional<StopSignal> runUntilStopped(
      NetworkTraining training, TrainingProgress progress) {
    try (StopSignals signals = new StopSignals(training::stop)) {
      if (!training.run()) {
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

  private static String whatIsKept(StopSignal signal, NetworkTraining training) {
    return "stopped by %s after step %d: %s"
        .formatted(
            signal.title(),
            training.step(),
            training
                .lastCheckpoint()
                .map(place -> "the same command with --resume continues from " + place)
                .orElse("nothing is kept, since there is no --checkpoint folder to resume from"));
  }

  private TensorBoardEvents events() throws IOException {
    boolean areWanted = tensorBoard != null && !engines.explain;
    return new TensorBoardEvents(
        areWanted ? Optional.of(EventFile.in(tensorBoard, Clock.systemUTC())) : Optional.empty());
  }

  private Folder folder(String location) throws IOException {
    return HadoopFolder.at(location, session.files());
  }
}
