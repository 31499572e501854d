package org.syncbn.spark.sync;

import java.util.List;

/** How the coordinator answers one post of an executor. */
interface Reply {

  /** All have joined. */
  void roster(List<Membership> members);

  /** The next message. */
  void send(EncodedMessage message);

  /** There is no next message: the tasks end. */
  void end();

  /** The gang has failed. */
  void fail(GangFailure failure);
}
