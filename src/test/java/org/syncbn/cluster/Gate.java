package org.syncbn.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A gate at which tasks wait, in whatever JVM they run: while it is shut, those that arrived are
 * provably in flight. Once open it stays open.
 */
public final class Gate implements AutoCloseable {

  private final ServerSocket server;
  private final Semaphore arrivals = new Semaphore(0);
  private final List<Socket> waiting = new ArrayList<>();
  private boolean open;

  /** A gate that is shut. */
  public Gate() {
    try {
      server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread porter = new Thread(this::admit, "gate");
    porter.setDaemon(true);
    porter.start();
  }

  /** What a task needs to know to find the gate. */
  public int port() {
    return server.getLocalPort();
  }

  /** Called by a task: waits until the gate at this port is open. */
  public static void pass(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getInputStream().read(); // ends when the gate hangs up
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until so many more tasks have arrived, within a minute. */
  public void awaitArrivals(int tasks) throws InterruptedException {
    if (!arrivals.tryAcquire(tasks, 60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d of %d tasks came to the gate.".formatted(arrivals.availablePermits(), tasks));
    }
  }

  /** Lets through whoever waits and whoever comes. */
  public synchronized void open() {
    open = true;
    waiting.forEach(Gate::hangUp);
  }

  /** Opens, and removes, the gate. */
  @Override
  public void close() throws IOException {
    open();
    server.close();
  }

  private void admit() {
    try {
      while (true) {
        Socket task = server.accept();
        synchronized (this) {
          waiting.add(task);
          if (open) {
            hangUp(task);
          }
        }
        arrivals.release();
      }
    } catch (IOException e) {
      // The gate was closed.
    }
  }

  private static void hangUp(Socket task) {
    try {
      task.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
