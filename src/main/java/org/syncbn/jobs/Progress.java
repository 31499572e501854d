package org.syncbn.jobs;

import java.util.concurrent.atomic.LongAdder;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.apache.spark.SparkContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.syncbn.cli.Terminal;
import org.syncbn.report.TextTable;

/** Shows the progress of a phase while it runs. */
interface Progress extends AutoCloseable {

  /** On a narrower terminal, the times would push aside what the work has come to. */
  int ROOM_FOR_TIMES = 100;

  /** Ends the show. */
  @Override
  void close();

  /** A bar on standard error, or nothing where nobody watches. */
  static Progress start(String phase, SparkContext context, Terminal terminal) {
    return terminal.interactive() ? new Bar(phase, context, terminal) : () -> {};
  }

  /** A bar on standard error that leaves nothing behind. */
  static ProgressBar bar(String task, long max, String unit, Terminal terminal) {
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(max)
            .setUnit(unit, 1)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .setConsumer(new ConsoleProgressBarConsumer(System.err, terminal.columns()))
            .clearDisplayOnFinish();
    return terminal.columns() < ROOM_FOR_TIMES ? builder.hideEta().build() : builder.build();
  }

  /**
   * Tasks done, rows per second, remaining time, as Spark's scheduler reports them.
   *
   * <p>Safe for the scheduler's events and the owner's {@link #close()} at once.
   */
  final class Bar extends SparkListener implements Progress {

    private final SparkContext context;
    private final ProgressBar bar;
    private final LongAdder rows = new LongAdder();
    private final long start = System.nanoTime();

    private Bar(String phase, SparkContext context, Terminal terminal) {
      this.context = context;
      bar = bar(phase, 0, " tasks", terminal);
      context.addSparkListener(this);
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
      bar.maxHint(bar.getMax() + event.stageInfo().numTasks());
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
      TaskMetrics metrics = event.taskMetrics();
      if (metrics != null) {
        rows.add(metrics.inputMetrics().recordsRead());
      }
      bar.step();
      double seconds = (System.nanoTime() - start) * 1e-9;
      bar.setExtraMessage(" " + TextTable.count(Math.round(rows.sum() / seconds)) + " rows/s");
    }

    @Override
    public void close() {
      context.removeSparkListener(this);
      bar.close();
    }
  }
}
