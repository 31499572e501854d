package org.syncbn.spark.sync;

/**
 * Thrown if an exchange, or the start of an engine, could not be completed; the message is a
 * sentence for the user. Nothing was committed.
 */
public final class EngineException extends RuntimeException {

  private static final long serialVersionUID = 1;

  EngineException(String message) {
    super(message);
  }

  EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
