package org.syncbn.tensor;

import dev.ludovic.netlib.blas.NativeBLAS;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;
import org.syncbn.tensor.Gemm.Operand;

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

  private final String description;

  OpenBlasProduct() {
    loadSystemBlasFirst();
    Loader.load(openblas_full.class);
    try (BytePointer config = openblas_full.openblas_get_config();
        BytePointer core = openblas_full.openblas_get_corename()) {
      // The configuration starts with "OpenBLAS 0.3.31 ...".
      String[] words = config.getString().split(" ");
      description = words[0] + " " + words[1] + " " + core.getString();
    }
    bindSymbols();
  }

  /**
   * Lets Spark's netlib open the BLAS of the system, if there is one, before OpenBLAS comes in.
   * Some systems' BLAS is an interface to a "libopenblas.so.0" of their own; the dynamic linker
   * would take ours for it, being of that name and already there, and netlib would crash in its
   * tables.
   */
  private static void loadSystemBlasFirst() {
    try {
      NativeBLAS.getInstance();
    } catch (LinkageError | RuntimeException none) {
      // Nothing that could be confused.
    }
  }

  /** Calls once what is called later, so that the dynamic linker binds it before others come. */
  private void bindSymbols() {
    Tensor one = Tensor.zeros(1);
    for (Operand aForm : Operand.values()) {
      for (Operand bForm : Operand.values()) {
        multiply(aForm, bForm, 1, 1, 1, one, 0, 1, one, 0, 1, 1, one, 0, 1);
      }
    }
  }

  @Override
  public void multiply(
      Operand aForm,
      Operand bForm,
      int m,
      int n,
      int k,
      Tensor a,
      int aOffset,
      int aStride,
      Tensor b,
      int bOffset,
      int bStride,
      float beta,
      Tensor c,
      int cOffset,
      int cStride) {
    Block[] blocks = BLOCKS.get();
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        form(aForm),
        form(bForm),
        m,
        n,
        k,
        1,
        blocks[0].at(a, aOffset),
        Math.max(1, aStride),
        blocks[1].at(b, bOffset),
        Math.max(1, bStride),
        beta,
        blocks[2].at(c, cOffset),
        Math.max(1, cStride));
    // Only addresses went down; the memory must outlive the call.
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }

  @Override
  public String description() {
    return description;
  }

  private static int form(Operand form) {
    return form == Operand.PLAIN ? openblas_full.CblasNoTrans : openblas_full.CblasTrans;
  }

  /** A pointer that is moved instead of made anew; it owns no memory. */
  private static final class Block extends FloatPointer {

    Block() {
      super((FloatPointer) null);
    }

    Block at(Tensor tensor, int offset) {
      if (tensor.address == 0) {
        tensor.address = getDirectBufferAddress(tensor.memory());
      }
      address = tensor.address + (long) offset * Float.BYTES;
      return this;
    }
  }
}
