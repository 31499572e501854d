package org.syncbn.experiment;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import java.util.List;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/**
 * The run file of an experiment: what is claimed and by whom, what all its runs have in common, and
 * its networks by name.
 *
 * <pre>{@code
 * claim = "..."
 * source = "..."
 * run { optimizer { sgd { learningRate = 0.05 } }, training { epochs = 5 } }
 * quick { training.epochs = 1 }                  # overrides run where it is to be quick
 * networks { plain = [ ... ], normalized = [ ... ] }
 * }</pre>
 */
final class RunSheet {

  private final Config sheet;
  private final Config common;

  private RunSheet(Config sheet, boolean quick) {
    this.sheet = sheet;
    Config run = sheet.getConfig("run");
    this.common = quick ? sheet.getConfig("quick").withFallback(run) : run;
  }

  /** Reads the run file of an experiment among the resources. */
  static RunSheet of(Experiment experiment, boolean quick) {
    String resource = "org/syncbn/experiment/" + experiment.name() + ".conf";
    return new RunSheet(
        ConfigFactory.parseResources(RunSheet.class.getClassLoader(), resource).resolve(), quick);
  }

  /** What is claimed, in a sentence. */
  String claim() {
    return sheet.getString("claim");
  }

  /** Who claims it, and where. */
  String source() {
    return sheet.getString("source");
  }

  /**
   * A run of one of the networks.
   *
   * @param settings such as {@code training.epochs=3}
   */
  RunOptions run(String network, String... settings) {
    String text =
        common
            .withValue("network", sheet.getValue("networks." + network))
            .root()
            .render(ConfigRenderOptions.concise());
    return RunFile.parse(text, List.of(settings));
  }
}
