package io.syncbn.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.syncbn.data.RowHash;
import io.syncbn.tensor.Gemm;

/** What a model was made with: everything beside options and data that its bits depend on. */
final class Provenance {

  private Provenance() {}

  /** The program, its matrix products, the JVM and the machine. */
  static ObjectNode here() {
    String version = Provenance.class.getPackage().getImplementationVersion();
    return JsonNodeFactory.instance
        .objectNode()
        .put("program", "spark-syncbn " + (version == null ? "development" : version))
        .put("matrixProduct", Gemm.description())
        .put("rowHash", "XXH64 version " + RowHash.VERSION)
        .put("java", System.getProperty("java.version"))
        .put("machine", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }
}
