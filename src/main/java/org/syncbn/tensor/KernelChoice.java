package org.syncbn.tensor;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which {@link Kernels} compute, and why: those in the Vector API where they run fast, else the
 * scalar ones. The choice changes no bit.
 *
 * @param kernels that compute
 * @param refusal why the Vector API was not taken; empty if it was
 */
public record KernelChoice(Kernels kernels, Optional<String> refusal) {

  /** The system property that asks for the {@code scalar} kernels. */
  public static final String PROPERTY = "syncbn.kernels";

  private static final String MODULE = "jdk.incubator.vector";
  private static final int LEAST_BITS = 256;

  private static final KernelChoice CHOSEN =
      of(
          System.getProperty(PROPERTY, "").toLowerCase(Locale.ROOT),
          ModuleLayer.boot().findModule(MODULE).isPresent(),
          ManagementFactory.getRuntimeMXBean().getInputArguments());

  /** The choice in this JVM. */
  public static KernelChoice chosen() {
    return CHOSEN;
  }

  /**
   * Chooses.
   *
   * @param wanted the value of the property, in lower case
   * @param hasModule whether the JVM has the module of the Vector API
   * @param flags of the JVM
   */
  static KernelChoice of(String wanted, boolean hasModule, List<String> flags) {
    if (wanted.equals("scalar")) {
      return scalar("the system property " + PROPERTY + " asks for scalar kernels");
    }
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "the system property " + PROPERTY + " must be scalar or not set, was " + wanted);
    }
    if (!hasModule) {
      return scalar("this JVM runs without --add-modules " + MODULE);
    }
    if (flags.stream().anyMatch(KernelChoice::turnsOptimizingCompilerOff)) {
      return scalar("the optimizing compiler, which the Vector API needs, is off");
    }
    Optional<Kernels> vectors = load();
    if (vectors.isEmpty()) {
      return scalar("this build has no kernels in the Vector API of this Java");
    }
    int bits = vectors.get().vectorBits();
    if (bits < LEAST_BITS) {
      return scalar(
          "vectors of this machine have %d bits, fewer than %d".formatted(bits, LEAST_BITS));
    }
    return new KernelChoice(vectors.get(), Optional.empty());
  }

  private static KernelChoice scalar(String refusal) {
    return new KernelChoice(new ScalarKernels(), Optional.of(refusal));
  }

  private static boolean turnsOptimizingCompilerOff(String flag) {
    return flag.equals("-Xint")
        || flag.equals("-client")
        || flag.equals("-XX:-UseCompiler")
        || flag.matches("-XX:TieredStopAtLevel=[0-3]");
  }

  /** The class is compiled apart, against a module that other Java versions may change. */
  static Optional<Kernels> load() {
    try {
      Class<?> type = Class.forName("org.syncbn.tensor.VectorKernels");
      return Optional.of((Kernels) type.getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException | LinkageError absent) {
      return Optional.empty();
    }
  }

  /** One phrase for logs and reports. */
  public String description() {
    return refusal
        .map(why -> "scalar kernels (" + why + ")")
        .orElse("Vector API, " + kernels.vectorBits() + " bits");
  }
}
