package org.syncbn.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.InferredRun;
import org.syncbn.model.SettingException;
import org.syncbn.spark.RunInput;
import org.syncbn.train.DataPaths;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The run file and the settings overriding it. */
final class RunFileOptions {

  /** What is run without a run file; shipped in the jar too. */
  static final String DEFAULT = "generated-images.conf";

  @Parameters(
      arity = "0..1",
      paramLabel = "CONF",
      description =
          "A run file, such as conf/fashion-mnist-mlp.conf; conf/reference-run.conf explains every"
              + " key. Default: conf/"
              + DEFAULT
              + ", which needs no data.")
  Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of the run file, such as training.epochs=3; may be repeated.")
  List<String> settings = new ArrayList<>();

  @Option(
      names = "--input",
      paramLabel = "PATH",
      description =
          "The table to train on: a file, a folder or a pattern in Hadoop's file systems; may be"
              + " repeated, for files that together make the table. Without CONF, the task, the"
              + " network and the rest of the run file are inferred from the table; with it, the"
              + " same as --set data.path=PATH.")
  List<String> inputs = new ArrayList<>();

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description =
          "The column of the table to predict; the same as --set data.label=COLUMN. May be"
              + " repeated: each column is then a target of its own, all of them numbers, or all of"
              + " them 0 and 1.")
  List<String> labels = new ArrayList<>();

  @Option(
      names = "--write-config",
      paramLabel = "FILE",
      description =
          "Save the run file that was inferred, to be edited and given as CONF. A file that exists"
              + " is replaced only with --overwrite.")
  Path written;

  /** Whether the run file is to be inferred from a table. */
  boolean isInferred() {
    return file == null && !inputs.isEmpty();
  }

  /** Checks which options stand together. */
  void check(ArgumentCheck check) {
    check.reject(isInferred() && labels.isEmpty(), "name the column to predict with --label");
    check.reject(
        file == null && inputs.isEmpty() && !labels.isEmpty(),
        "name the table of --label with --input");
    check.reject(
        written != null && !isInferred(),
        "--write-config saves the run file that --input and --label infer; without them, or with a"
            + " run file, there is none");
    if (!isInferred()) {
      if (!inputs.isEmpty()) {
        settings.add("data.path=" + InferredRun.written(inputs));
      }
      if (!labels.isEmpty()) {
        settings.add("data.label=" + InferredRun.written(labels));
      }
    }
  }

  /** The run file for the table. */
  InferredRun infer(SparkSession spark) {
    DataPaths places = new DataPaths(inputs);
    return InferredRun.of(spark, RunInput.formatOf(spark, places), places, labels, settings);
  }

  /** The options, or the sentence that says which argument is wrong. */
  RunOptions read(CommandLine command) {
    try {
      return file == null ? RunFile.parse(defaultText(), settings) : RunFile.read(file, settings);
    } catch (SettingException e) {
      throw new ParameterException(command, e.getMessage(), e);
    }
  }

  /** A short name of the run, for its default places. */
  String name() {
    String name =
        isInferred()
            ? inputs.get(0).replaceFirst("/+$", "").replaceFirst("^.*[/:]", "")
            : file == null ? DEFAULT : file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private static String defaultText() {
    try (InputStream in = RunFileOptions.class.getResourceAsStream("/conf/" + DEFAULT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the jar has no " + DEFAULT, e);
    }
  }
}
