package org.syncbn.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.Folder;
import org.syncbn.model.SavedModel;

/**
 * The checkpoints of a run: folders named by their step, the newest of which a run resumes from.
 * Not thread-safe.
 */
final class Checkpoints {

  private static final String PREFIX = "step-";

  private final Optional<Folder> folder;
  private final TrainingOptions.Checkpointing options;
  private final Supplier<SavedModel> content;

  private Checkpoints(
      Optional<Folder> folder,
      TrainingOptions.Checkpointing options,
      Supplier<SavedModel> content) {
    this.folder = folder;
    this.options = options;
    this.content = content;
  }

  /** Keeps nothing. */
  static Checkpoints none() {
    return new Checkpoints(
        Optional.empty(), new TrainingOptions.Checkpointing(Optional.empty(), 0, 0, 1), () -> null);
  }

  /**
   * Keeps a run's states in a folder.
   *
   * @param content what is kept of the run as it is now
   */
  static Checkpoints in(
      Folder folder, TrainingOptions.Checkpointing options, Supplier<SavedModel> content) {
    return new Checkpoints(Optional.of(folder), options, content);
  }

  /** The newest checkpoint of a folder. */
  static Optional<Folder> newest(Folder folder) throws IOException {
    List<String> names = names(folder);
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(folder.child(names.get(names.size() - 1)));
  }

  boolean dueAfterStep(long step) {
    return options.everySteps() > 0 && step % options.everySteps() == 0;
  }

  boolean dueAfterEpoch(int epoch) {
    return options.everyEpochs() > 0 && epoch % options.everyEpochs() == 0;
  }

  /** Keeps a state and forgets the oldest beyond the number to keep. */
  void save(TrainingState state) {
    if (folder.isEmpty()) {
      return;
    }
    Folder parent = folder.get();
    try {
      content.get().save(parent.child("%s%010d".formatted(PREFIX, state.step)));
      List<String> names = names(parent);
      for (String old : names.subList(0, Math.max(0, names.size() - options.keep()))) {
        parent.child(old).delete();
      }
    } catch (IOException e) {
      String kept = last().map(path -> "; the last checkpoint is " + path).orElse("");
      throw new UncheckedIOException(e.getMessage() + kept, e);
    }
  }

  /** The path of the newest checkpoint. */
  Optional<String> last() {
    try {
      return folder.isEmpty() ? Optional.empty() : newest(folder.get()).map(Folder::path);
    } catch (IOException | FileFormatException e) {
      return Optional.empty();
    }
  }

  private static List<String> names(Folder folder) throws IOException {
    return folder.list().stream().filter(name -> name.startsWith(PREFIX)).toList();
  }
}
