package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Schema;
import org.syncbn.spark.sync.MemoryBudget.Limits;
import org.syncbn.train.MemoryPlan;
import org.syncbn.train.MemoryPlan.Item;
import org.syncbn.train.MemoryPlan.Kind;
import org.syncbn.train.MemoryPlan.Place;
import org.syncbn.train.MemoryPlan.Spread;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

class MemoryBudgetTest {

  private static final long GIB = 1L << 30;

  private static final MemoryPlan PLAN =
      new MemoryPlan(
          List.of(
              new Item(Place.DRIVER, Kind.HEAP, "optimizer state, old and new", 3 * GIB),
              new Item(Place.DRIVER, Kind.DIRECT, "weights, old and new", GIB),
              new Item(Place.EXECUTOR, Kind.DIRECT, "gradients of weights", GIB),
              new Item(Place.EXECUTOR, Kind.DIRECT, MemoryPlan.VALUES, 2 * GIB)));

  private static Limits limits(Place place, long heap, long direct) {
    return new Limits(place, "the setting", heap, direct);
  }

  @Test
  void whatFitsPasses() {
    MemoryBudget budget =
        new MemoryBudget(
            PLAN,
            List.of(limits(Place.DRIVER, 3 * GIB, GIB), limits(Place.EXECUTOR, GIB, 3 * GIB)));
    assertThatCode(budget::require).doesNotThrowAnyException();
    assertThat(budget.fits()).isTrue();
    assertThat(budget.explain()).contains("gradients of weights", "3,221,225,472 of 3,221,225,472");
  }

  @Test
  void whatDoesNotFitIsASentenceWithNumbersAndTheSetting() {
    assertThatThrownBy(
            () -> new MemoryBudget(PLAN, List.of(limits(Place.DRIVER, GIB, GIB))).require())
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "the run takes about 3,072 MiB of heap memory in the driver, which has 1,024 MiB; most"
                + " of it for the optimizer state, old and new (3,072 MiB): raise the setting to"
                + " more than 3,072 MiB");
    assertThatThrownBy(
            () -> new MemoryBudget(PLAN, List.of(limits(Place.EXECUTOR, GIB, GIB))).require())
        .hasMessageContaining("3,072 MiB of direct memory in each executor, which has 1,024 MiB")
        .hasMessageContaining("fewer rows at once with training.microBatches");
  }

  @Test
  void rowsInFilesAreANoteOnYarnAlone() {
    MemoryBudget inFiles =
        new MemoryBudget(
            new MemoryPlan(
                List.of(new Item(Place.EXECUTOR, Kind.FILES, "other training rows", 3 * GIB))),
            List.of());
    assertThat(inFiles.note("yarn").orElseThrow())
        .startsWith("note: about 3,072 MiB of rows in each executor are in mapped files")
        .contains("smaps-based-rss.enabled=true", "spark.executor.memoryOverhead");
    assertThat(inFiles.note("spark://host:7077")).isEmpty();
    assertThat(new MemoryBudget(PLAN, List.of()).note("yarn")).isEmpty();
  }

  private static MemoryBudget budget(String network, int executors, int owners) {
    RunOptions options =
        RunFile.parse(
            "network = [flatten, %s, { dense = 10 }]".formatted(network),
            List.of("optimizer.adam.learningRate=0.001", "training.batchSize=256"));
    Schema schema = new Schema(List.of(28, 28), List.of(), List.of());
    return new MemoryBudget(
        MemoryPlan.of(
            options,
            schema,
            new Spread(executors, executors, executors, owners, true, GIB),
            60_000),
        List.of(
            new Limits(Place.DRIVER, "spark.driver.memory (--driver-memory)", GIB, GIB),
            MemoryBudget.executor(new SparkConf(false).set("spark.executor.memory", "2g"))));
  }

  @Test
  void tenMillionWeightsInSlicesFitWhereAHundredMillionDoNot() {
    assertThatCode(budget("{ dense = 2500 }, { dense = 2500 }, { dense = 700 }", 2, 2)::require)
        .doesNotThrowAnyException();
    assertThatThrownBy(budget("{ dense = 9200 }, { dense = 9200 }, { dense = 900 }", 2, 2)::require)
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "the run takes about 3,057 MiB of direct memory in the driver, which has 1,024 MiB;"
                + " most of it for the weights and optimizer state fetched from executors (2,293"
                + " MiB): raise spark.driver.memory (--driver-memory) to more than 3,057 MiB");
  }

  @Test
  void whatFitsInSlicesMayNotFitInADriverThatOwnsTheWeights() {
    String network = "{ dense = 4500 }, { dense = 4500 }, { dense = 500 }"; // 26 million
    assertThat(budget(network, 8, 8).fits()).isTrue();
    assertThat(budget(network, 8, 0).fits()).isFalse();
  }

  @Test
  void theLimitsOfExecutorsAreTheirSettings() {
    SparkConf conf = new SparkConf(false).set("spark.executor.memory", "2g");
    assertThat(MemoryBudget.executor(conf))
        .extracting(Limits::heap, Limits::direct)
        .containsExactly(2 * GIB, 2 * GIB);
    conf.set("spark.executor.memory", "2048"); // Spark counts in MiB
    assertThat(MemoryBudget.executor(conf).heap()).isEqualTo(2 * GIB);
    conf.set("spark.executor.extraJavaOptions", "-Da=b -XX:MaxDirectMemorySize=5g");
    assertThat(MemoryBudget.executor(conf))
        .extracting(Limits::heap, Limits::direct)
        .containsExactly(2 * GIB, 5 * GIB);
    conf.set("spark.executor.defaultJavaOptions", "-XX:MaxDirectMemorySize=7g");
    assertThat(MemoryBudget.executor(conf).direct()).isEqualTo(5 * GIB); // the last counts
    conf.remove("spark.executor.extraJavaOptions");
    assertThat(MemoryBudget.executor(conf).direct()).isEqualTo(7 * GIB);
  }

  @Test
  void aNetworkThatIsTooLargeForThisJvmIsRejectedBeforeItIsMade() {
    Schema schema = new Schema(List.of(20_000), List.of(), List.of());
    MemoryBudget budget =
        MemoryBudget.ofThreads(
            8, RunFile.parse("network = [{dense=25000}, {dense=10}]", List.of()), schema, 10_000);
    assertThatThrownBy(budget::require)
        .hasMessageContaining("memory in the driver, which has")
        .hasMessageContaining("raise spark.driver.memory (--driver-memory)");
  }
}
