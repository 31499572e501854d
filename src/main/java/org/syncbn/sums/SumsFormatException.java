package org.syncbn.sums;

/** Thrown if bytes are not sums that this release can read; the message is one sentence. */
public final class SumsFormatException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  SumsFormatException(String message) {
    super(message);
  }
}
