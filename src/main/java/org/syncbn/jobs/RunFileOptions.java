package org.syncbn.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.model.SettingException;
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
    String name = file == null ? DEFAULT : file.getFileName().toString();
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
