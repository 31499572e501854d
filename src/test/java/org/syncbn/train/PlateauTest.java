package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.optim.Segment;
import org.syncbn.train.TrainingOptions.MonitorMode;
import org.syncbn.train.TrainingOptions.ReduceOnPlateau;

class PlateauTest {

  private static final Monitor LOSS = new Monitor("loss", true, 0);

  @Test
  void ratesAreReducedWhenPyTorchReducesThem() {
    // ReduceLROnPlateau(SGD(0.1), factor=0.5, patience=1, threshold=0.01, threshold_mode="abs",
    // cooldown=1, min_lr=0.02)
    List<Double> rates =
        rates(
            new ReduceOnPlateau("loss", MonitorMode.AUTO, 0.5, 1, 0.01, 1, 0.02),
            new double[] {
              1, 0.995, 0.99, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.5, 0.6, 0.6
            });
    assertThat(rates)
        .containsExactly(
            0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02,
            0.02);
  }

  private static List<Double> rates(ReduceOnPlateau options, double[] losses) {
    Optimizer optimizer =
        new Optimizer(
            Optimizers.sgd(Schedule.constant(0.1)),
            List.of(new Segment("weight", 0, 1, true, true)));
    Monitor monitor = new Monitor("loss", true, options.minDelta());
    Plateau plateau = Plateau.NONE;
    List<Double> rates = new ArrayList<>();
    for (double loss : losses) {
      plateau = plateau.after(loss, monitor);
      if (plateau.isOver(options)) {
        plateau = plateau.reduced(options);
        optimizer.reduceRate(options.factor(), options.minLearningRate());
      }
      rates.add(optimizer.learningRate());
    }
    return rates;
  }

  @Test
  void aMetricThatIsNoNumberIsNeverTheBest() {
    assertThat(LOSS.improves(Double.NaN, OptionalDouble.empty())).isFalse();
    assertThat(LOSS.improves(1, OptionalDouble.empty())).isTrue();
    assertThat(LOSS.improves(Double.NaN, OptionalDouble.of(1))).isFalse();
    assertThat(LOSS.improves(0.5, OptionalDouble.of(1))).isTrue();
    assertThat(LOSS.improves(1, OptionalDouble.of(1))).isFalse();
    assertThat(new Monitor("accuracy", false, 0.1).improves(0.75, OptionalDouble.of(0.5))).isTrue();
    assertThat(new Monitor("accuracy", false, 0.1).improves(0.55, OptionalDouble.of(0.5)))
        .isFalse();
  }
}
