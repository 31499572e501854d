package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Set;
import java.util.function.IntConsumer;
import org.syncbn.optim.Optimizer;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;

/** The driver's end of one attempt of a gang. The first failure answers all calls to come. */
interface GangRounds {

  /**
   * Waits until all tasks have joined.
   *
   * @throws GangFailure if they have not in time, or the gang has failed
   */
  void awaitMembers(Duration timeout);

  /**
   * Sends a message to all tasks and merges what they answer.
   *
   * @throws GangFailure if the gang has failed, or a task is not back in time
   */
  Merged exchange(Message message, Duration timeout);

  /** What multiplies matrices there, as {@link org.syncbn.tensor.Gemm#description} says. */
  Set<String> kernels();

  /** How many executors the tasks are in. */
  int executors();

  /** Does pieces of the driver's work; see {@link org.syncbn.train.Engine#share}. */
  default void share(int pieces, IntConsumer work) {
    Optimizer.Team.IN_PARALLEL.share(pieces, work);
  }

  /** Ends the gang with the first reason that was given. */
  void fail(GangFailure reason);

  /** Sends all tasks home, now or with their next post. */
  void end();
}
