package org.syncbn.tensor;

import dev.ludovic.netlib.blas.NativeBLAS;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;

/** OpenBLAS, reading direct memory in place. A call allocates nothing. */
final class OpenBlasProduct implements MatrixProduct {

  /** The operands of a thread's calls. */
  private static final ThreadLocal<Block[]> BLOCKS =
      ThreadLocal.withInitial(
          () -> {
            // A build for OpenMP, as some systems have, keeps this setting by thread.
            openblas_full.openblas_set_num_threads(1);
            return new Block[] {new Block(), new Block(), new Block()};
          });

  /** The property by which netlib is told which library to open. */
  private static final String NETLIB = "dev.ludovic.netlib.%s.nativeLib";

  private static final String LIBRARY = "openblas@.0";

  private final String description;

  OpenBlasProduct() {
    load();
    try (BytePointer config = openblas_full.openblas_get_config();
        BytePointer core = openblas_full.openblas_get_corename()) {
      // The configuration starts with "OpenBLAS 0.3.31 ...".
      String[] words = config.getString().split(" ");
      description = words[0] + " " + words[1] + " " + core.getString();
    }
    bindSymbols();
  }

  /**
   * Loads the library of the build, and has Spark's netlib use the same: the system's OpenBLAS, if
   * there is one, bears the same name, and the dynamic linker would take one for the other.
   *
   * <p>Whoever sets netlib's own property wants the BLAS that it names, which then comes first.
   */
  private static void load() {
    if (System.getProperty(NETLIB.formatted("blas")) != null
        || System.getProperty(NETLIB.formatted("blas") + "Path") != null) {
      loadNetlib();
      Loader.load(openblas_full.class);
      return;
    }
    Loader.load(openblas_full.class);
    String path = Loader.getLoadedLibraries().get(LIBRARY);
    if (path != null) {
      System.setProperty(NETLIB.formatted("blas") + "Path", path);
      System.setProperty(NETLIB.formatted("lapack") + "Path", path);
      System.setProperty(NETLIB.formatted("arpack"), "none"); // the system's would bring its BLAS
    }
  }

  private static void loadNetlib() {
    try {
      NativeBLAS.getInstance();
    } catch (LinkageError | RuntimeException none) {
      // Nothing that could be confused.
    }
  }

  /** Calls once what is called later, so that the dynamic linker binds it before others come. */
  private void bindSymbols() {
    Tensor one = Tensor.zeros(1);
    Matrix matrix = Matrix.of(one, 0, 1, 1);
    for (Matrix a : new Matrix[] {matrix, matrix.transposed()}) {
      for (Matrix b : new Matrix[] {matrix, matrix.transposed()}) {
        multiply(a, b, 1, matrix);
      }
    }
  }

  @Override
  public void multiply(Matrix a, Matrix b, float beta, Matrix c) {
    Block[] blocks = BLOCKS.get();
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        form(a),
        form(b),
        c.rows(),
        c.columns(),
        a.columns(),
        1,
        blocks[0].at(a),
        Math.max(1, a.stride()),
        blocks[1].at(b),
        Math.max(1, b.stride()),
        beta,
        blocks[2].at(c),
        Math.max(1, c.stride()));
    // Only addresses went down; the memory must outlive the call.
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }

  @Override
  public String description() {
    return description;
  }

  private static int form(Matrix matrix) {
    return matrix.order() == Matrix.Order.ROW_MAJOR
        ? openblas_full.CblasNoTrans
        : openblas_full.CblasTrans;
  }

  /** A pointer that is moved instead of made anew; it owns no memory. */
  private static final class Block extends FloatPointer {

    Block() {
      super((FloatPointer) null);
    }

    Block at(Matrix matrix) {
      Tensor tensor = matrix.values();
      if (tensor.address == 0) {
        tensor.address = getDirectBufferAddress(tensor.memory());
      }
      address = tensor.address + (long) matrix.offset() * Float.BYTES;
      return this;
    }
  }
}
