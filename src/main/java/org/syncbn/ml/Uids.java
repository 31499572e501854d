package org.syncbn.ml;

/**
 * Tells the uid of a stage to the constructors of Spark's classes, which ask for it before the
 * constructors of ours can set it: Scala sets such values first, Java cannot. Each thread has its
 * own.
 */
final class Uids {

  private static final ThreadLocal<String> ANNOUNCED = new ThreadLocal<>();

  private Uids() {}

  /** To be called in the arguments of the constructor that builds the stage. */
  static String announce(String uid) {
    ANNOUNCED.set(uid);
    return uid;
  }

  /** The uid of the stage that is being built. */
  static String announced() {
    return ANNOUNCED.get();
  }
}
