package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelChoiceTest {

  @Test
  void thePropertyAsksForScalarKernels() {
    KernelChoice choice = KernelChoice.of("scalar", true, List.of());

    assertThat(choice.kernels()).isInstanceOf(ScalarKernels.class);
    assertThat(choice.description())
        .isEqualTo("scalar kernels (the system property syncbn.kernels asks for scalar kernels)");
  }

  @Test
  void withoutTheModuleKernelsAreScalar() {
    KernelChoice choice = KernelChoice.of("", false, List.of());

    assertThat(choice.kernels()).isInstanceOf(ScalarKernels.class);
    assertThat(choice.refusal())
        .contains("this JVM runs without --add-modules jdk.incubator.vector");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=0", "-Xint", "-client"})
  void withoutTheOptimizingCompilerKernelsAreScalar(String flag) {
    KernelChoice choice = KernelChoice.of("", true, List.of("-Xmx1g", flag));

    assertThat(choice.kernels()).isInstanceOf(ScalarKernels.class);
    assertThat(choice.refusal())
        .contains("the optimizing compiler, which the Vector API needs, is off");
  }

  @Test
  void wideVectorsAreTaken() {
    int bits = KernelChoice.load().map(Kernels::vectorBits).orElse(0);
    assumeThat(bits).isGreaterThanOrEqualTo(256);

    KernelChoice choice = KernelChoice.of("", true, List.of("-XX:TieredStopAtLevel=4"));

    assertThat(choice.kernels().vectorBits()).isEqualTo(bits);
    assertThat(choice.refusal()).isEmpty();
    assertThat(choice.description()).isEqualTo("Vector API, %d bits".formatted(bits));
  }

  @Test
  void anUnknownValueOfThePropertyIsAnError() {
    assertThatThrownBy(() -> KernelChoice.of("fast", true, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the system property syncbn.kernels must be scalar or not set, was fast");
  }
}
