package io.syncbn.model;

/** Says that a file is not what this release can read; the message is one sentence. */
public final class FileFormatException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  FileFormatException(String sentence) {
    super(sentence);
  }

  FileFormatException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
