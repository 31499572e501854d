package org.syncbn.model;

/** Says in one sentence which setting of a run file or a model is wrong, and how. */
public final class SettingException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** A sentence that names the setting. */
  public SettingException(String sentence) {
    super(sentence);
  }

  SettingException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
