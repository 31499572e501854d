package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.syncbn.data.RowHash;

/** Everything besides options and data that a model's bits depend on. */
public final class Provenance {

  private static final String MATRIX_PRODUCT = "matrixProduct";
  private static final String BETWEEN = "; ";

  private Provenance() {}

  /** The version of this program: "development" outside its jar. */
  public static String version() {
    return Optional.ofNullable(Provenance.class.getPackage().getImplementationVersion())
        .orElse("development");
  }

  /**
   * The program, the JVM and the machine of the driver, and what the shards were computed with.
   *
   * @param matrixProducts as {@link Engine#matrixProducts} returns them
   */
  static ObjectNode of(Collection<String> matrixProducts) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("program", "spark-syncbn " + version())
        .put(MATRIX_PRODUCT, String.join(BETWEEN, matrixProducts))
        .put("rowHash", "XXH64 version " + RowHash.VERSION)
        .put("java", System.getProperty("java.version"))
        .put("machine", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }

  /** The matrix products of what {@link #of} gave. */
  static List<String> matrixProducts(JsonNode provenance) {
    return List.of(provenance.path(MATRIX_PRODUCT).asText().split(BETWEEN));
  }
}
