package org.syncbn.train;

/** Passes everything on to another engine. */
public class PassingEngine implements Engine {

  private final Engine engine;

  /** In front of an engine, which it closes. */
  public PassingEngine(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Merged exchange(Message message) {
    return engine.exchange(message);
  }

  @Override
  public boolean keepsWeights() {
    return engine.keepsWeights();
  }

  @Override
  public int concurrency() {
    return engine.concurrency();
  }

  @Override
  public void close() {
    engine.close();
  }
}
