package org.syncbn.norm;

/** Whether committed training steps move the running averages. */
public enum RunningUpdate {
  /** Each committed step moves them. */
  ON,
  /** They keep their values. */
  OFF
}
