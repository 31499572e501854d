package io.syncbn.spark.files;

import java.io.Serializable;

/** How the text of CSV, JSON and LibSVM files is to be understood. */
public record TextOptions() implements Serializable {

  /** Files that tell everything themselves. */
  public static final TextOptions DEFAULTS = new TextOptions();
}
