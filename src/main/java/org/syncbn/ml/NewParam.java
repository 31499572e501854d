package org.syncbn.ml;

import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;

/** Params of texts that know the class of their values, as Spark Connect needs. */
final class NewParam {

  private NewParam() {}

  /** Any text. */
  static Param<String> text(String uid, String name, String doc) {
    return new Param<>(uid, name, doc, String.class);
  }

  /** One of some texts, which the description lists. */
  static Param<String> oneOf(String uid, String name, String doc, List<String> values) {
    String all = doc + " (" + String.join(", ", values) + ")";
    return new Param<>(uid, name, all, ParamValidators.inArray(values), String.class);
  }
}
