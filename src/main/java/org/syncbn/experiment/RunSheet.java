package org.syncbn.experiment;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
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
 * note = "..."                                   # may be left out
 * run { optimizer { sgd { learningRate = 0.05 } }, training { epochs = 5 } }
 * quick { training.epochs = 1 }                  # overrides run where it is to be quick
 * networks { plain = [ ... ], normalized = [ ... ] }
 * }</pre>
 */
final class RunSheet {

  private final Config unresolved;
  private final Config sheet;
  private final Config common;
  private final boolean quick;

  private RunSheet(Config unresolved, boolean quick) {
    this.unresolved = unresolved;
    this.sheet = unresolved.resolve();
    this.quick = quick;
    Config run = sheet.getConfig("run");
    this.common = quick ? sheet.getConfig("quick").withFallback(run) : run;
  }

  /** Reads the run file of an experiment among the resources. */
  static RunSheet of(Experiment experiment, boolean quick) {
    String resource = "org/syncbn/experiment/" + experiment.name() + ".conf";
    return new RunSheet(
        ConfigFactory.parseResources(RunSheet.class.getClassLoader(), resource), quick);
  }

  /**
   * The same with another value of a key that the networks refer to, such as <code>${scale}</code>.
   */
  RunSheet with(String key, double value) {
    return new RunSheet(unresolved.withValue(key, ConfigValueFactory.fromAnyRef(value)), quick);
  }

  /** What is claimed, in a sentence. */
  String claim() {
    return sheet.getString("claim");
  }

  /** Who claims it, and where. */
  String source() {
    return sheet.getString("source");
  }

  /** How it was measured, what could not be checked, and why it may not hold here; or nothing. */
  String note() {
    return sheet.hasPath("note") ? sheet.getString("note") : "";
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
