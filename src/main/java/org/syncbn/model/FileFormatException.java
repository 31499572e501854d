package org.syncbn.model;

/** Says that a file is not what this release can read; the message is one sentence. */
public final class FileFormatException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** A sentence that names the file. */
  public FileFormatException(String sentence) {
    super(sentence);
  }

  /** A sentence that names the file, and what was noticed first. */
  public FileFormatException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
