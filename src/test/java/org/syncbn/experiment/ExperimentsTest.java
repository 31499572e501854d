package org.syncbn.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.data.Dataset;
import org.syncbn.data.GeneratedImages;

/** Every experiment, as short as {@code --quick} makes it: the direction is that of the claim. */
class ExperimentsTest {

  private static final int ROWS = 2_000;
  private static final int HELD = 500;

  static List<Experiment> all() {
    return Experiments.ALL;
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("all")
  void showsWhatIsClaimed(Experiment experiment) {
    Lab lab = new Lab(images(), 1, true, 2, words -> {});
    RunSheet sheet = lab.sheet(experiment);
    assertThat(sheet.claim()).isNotBlank().doesNotEndWith(".");
    assertThat(sheet.source()).isNotBlank().doesNotEndWith(".");

    Findings findings = experiment.run(lab);
    assertThat(findings.verdict()).as(findings.sentence()).isNotEqualTo(Verdict.DOES_NOT_HOLD);
    assertThat(findings.table().rows()).hasSizeGreaterThan(1);
    assertThat(findings.charts()).isNotEmpty();
  }

  private static LabRows images() {
    Dataset training = GeneratedImages.draw(1, 0, ROWS);
    return new LabRows(
        training.schema(),
        training.rows(),
        GeneratedImages.draw(1, ROWS, HELD).rows(),
        LabRows.Dealing.HASHED);
  }
}
