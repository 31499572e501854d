package org.syncbn.jobs;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.utils.Signals;

/**
 * Handles Ctrl-C and SIGTERM during work that can be stopped: the first asks it to stop, the second
 * ends the JVM at once. A shutdown hook would be too late, since it would run concurrently with
 * Spark's own hooks.
 */
final class StopSignals implements AutoCloseable {

  private final AtomicReference<StopSignal> received = new AtomicReference<>();
  private final Map<StopSignal, Object> handlersBefore = new EnumMap<>(StopSignal.class);
  private final Runnable stop;

  /** The signals that ask a process to end. */
  enum StopSignal {
    INT("Ctrl-C", 2),
    TERM("SIGTERM", 15);

    private final String title;
    private final int number;

    StopSignal(String title, int number) {
      this.title = title;
      this.number = number;
    }

    /** The name that a person knows. */
    String title() {
      return title;
    }

    /** By the convention of shells. */
    int exitCode() {
      return 128 + number;
    }
  }

  /** Starts listening; {@code stop} is called on a separate thread and must return at once. */
  StopSignals(Runnable stop) {
    this.stop = stop;
    for (StopSignal signal : StopSignal.values()) {
      Object before = Signals.register(signal.name(), () -> receive(signal));
      if (before != null) { // else the JVM was told to leave signals alone
        handlersBefore.put(signal, before);
      }
    }
  }

  /** What was asked for, if anything. */
  Optional<StopSignal> received() {
    return Optional.ofNullable(received.get());
  }

  private void receive(StopSignal signal) {
    if (received.compareAndSet(null, signal)) {
      stop.run();
    } else {
      System.exit(signal.exitCode());
    }
  }

  /** Puts back the handlers that were there. */
  @Override
  public void close() {
    handlersBefore.forEach((signal, before) -> Signals.unregister(signal.name(), before));
  }
}
