package org.syncbn.cluster;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.HashMap;
import java.util.Map;

/**
 * Sets environment variables of this JVM, and of every process that it starts, until {@link
 * #restore()}.
 *
 * <p>Java offers no way to set them. The map that {@link System#getenv()} wraps is reached by
 * reflection, which works where {@code java.util} is opened, and Spark asks for that anyway.
 */
final class OwnEnvironment {

  /** What the variables were before; null where there was none, and once restored. */
  private Map<String, String> before;

  private OwnEnvironment(Map<String, String> before) {
    this.before = before;
  }

  static OwnEnvironment with(Map<String, String> variables) {
    Map<String, String> before = new HashMap<>();
    variables.forEach(
        (name, value) -> {
          before.put(name, System.getenv(name));
          writable().put(name, value);
        });
    return new OwnEnvironment(before);
  }

  /** Puts back what was there; false if that was done already. */
  synchronized boolean restore() {
    if (before == null) {
      return false;
    }
    before.forEach(
        (name, value) -> {
          if (value == null) {
            writable().remove(name);
          } else {
            writable().put(name, value);
          }
        });
    before = null;
    return true;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> writable() {
    try {
      Map<String, String> view = System.getenv();
      Field wrapped = view.getClass().getDeclaredField("m");
      wrapped.setAccessible(true);
      return (Map<String, String>) wrapped.get(view);
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      throw new IllegalStateException(
          "local-cluster takes SPARK_HOME from the environment, and this JVM's cannot be changed."
              + " Start it with --add-opens=java.base/java.util=ALL-UNNAMED, one of the flags that"
              + " Spark asks for.",
          e);
    }
  }
}
