package org.syncbn.train;

/** Is notified of the progress of a run, on the driver's thread, so it should be quick. */
public interface TrainingListener {

  /** Hears nothing. */
  TrainingListener SILENT = new TrainingListener() {};

  /**
   * A step was committed.
   *
   * @param epoch from 1
   * @param step how many steps of the epoch are done
   * @param steps how many it has
   * @param rows rows of the mini-batch
   * @param loss mean loss of the epoch so far
   * @param accuracy of the epoch so far; NaN where nothing is classified
   */
  default void onStep(int epoch, long step, long steps, int rows, double loss, double accuracy) {}

  /** A step was committed: what it was like itself. */
  default void onStep(StepResult result) {}

  /** The last step of an epoch was committed: what the layers were like in it. */
  default void onLayers(LayersResult result) {}

  /** An epoch ended. */
  default void onEpoch(EpochResult result) {}

  /** Something that a person should know, in one sentence. */
  default void onNote(String sentence) {}

  /** Tells this listener first, then another one. */
  default TrainingListener and(TrainingListener other) {
    TrainingListener first = this;
    return new TrainingListener() {
      @Override
      public void onStep(int epoch, long step, long steps, int rows, double loss, double accuracy) {
        first.onStep(epoch, step, steps, rows, loss, accuracy);
        other.onStep(epoch, step, steps, rows, loss, accuracy);
      }

      @Override
      public void onStep(StepResult result) {
        first.onStep(result);
        other.onStep(result);
      }

      @Override
      public void onLayers(LayersResult result) {
        first.onLayers(result);
        other.onLayers(result);
      }

      @Override
      public void onEpoch(EpochResult result) {
        first.onEpoch(result);
        other.onEpoch(result);
      }

      @Override
      public void onNote(String sentence) {
        first.onNote(sentence);
        other.onNote(sentence);
      }
    };
  }
}
