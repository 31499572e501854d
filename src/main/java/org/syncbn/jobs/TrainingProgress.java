package org.syncbn.jobs;

import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import org.syncbn.cli.Terminal;
import org.syncbn.train.EpochResult;
import org.syncbn.train.RunOptions;
import org.syncbn.train.StepTimes;
import org.syncbn.train.TrainingListener;

/** Shows the progress of a run: a bar on a terminal, and a line per epoch. */
final class TrainingProgress implements TrainingListener, AutoCloseable {

  private static final int ROOM_FOR_ACCURACY = 80;

  private final Terminal terminal;
  private final int epochs;
  private ProgressBar bar;
  private long rows;
  private long begun;

  TrainingProgress(Terminal terminal, RunOptions options) {
    this.terminal = terminal;
    this.epochs = options.training().epochs();
  }

  @Override
  public void onStep(
      int epoch, long step, long steps, int batchRows, double loss, double accuracy) {
    if (!terminal.interactive()) {
      return;
    }
    if (bar == null) {
      bar = Progress.bar("epoch %d/%d".formatted(epoch, epochs), steps, " steps", terminal);
      rows = 0;
      begun = System.nanoTime();
    }
    rows += batchRows;
    if (step % 16 == 0 || step == steps) {
      bar.setExtraMessage(message(loss, accuracy));
    }
    bar.stepTo(step);
  }

  @Override
  public void onEpoch(EpochResult result) {
    close();
    terminal.say(
        text(
            "epoch %d/%d: %s%s, %,.0f samples/s, %.1f s%s",
            result.epoch(),
            epochs,
            part("train", result.train()),
            result.validation().isEmpty() ? "" : ", " + part("validation", result.validation()),
            result.samplesPerSecond(),
            result.seconds(),
            parts(result.times())));
  }

  @Override
  public void onNote(String sentence) {
    close();
    terminal.say(sentence);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /** As much as there is room for: the loss, with the accuracy, with the speed. */
  private String message(double loss, double accuracy) {
    StringBuilder message = new StringBuilder(text(" loss %.4f", loss));
    if (terminal.columns() >= ROOM_FOR_ACCURACY) {
      message.append(share(accuracy));
    }
    if (terminal.columns() >= Progress.ROOM_FOR_TIMES) {
      message.append(text(", %,.0f samples/s", rows / seconds()));
    }
    return message.toString();
  }

  private double seconds() {
    return (System.nanoTime() - begun) / 1e9;
  }

  /** The shares of a step; nothing for an epoch that was resumed after its last one. */
  private static String parts(StepTimes times) {
    return Double.isNaN(times.shardSkew())
        ? ""
        : text(
            " (compute %.0f %%, exchange %.0f %%, driver %.0f %%, skew %.2f)",
            100 * times.computeSeconds() / times.seconds(),
            100 * times.exchangeSeconds() / times.seconds(),
            100 * times.driverSeconds() / times.seconds(),
            times.shardSkew());
  }

  /** One part's loss and, where there is one, accuracy. */
  static String part(String name, Map<String, Double> metrics) {
    return text(
        "%s loss %.4f%s",
        name, metrics.get("loss"), share(metrics.getOrDefault("accuracy", Double.NaN)));
  }

  private static String share(double accuracy) {
    return Double.isNaN(accuracy) ? "" : text(" accuracy %.2f %%", 100 * accuracy);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
