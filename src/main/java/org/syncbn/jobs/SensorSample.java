package org.syncbn.jobs;

import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.tensor.CounterRandom;

/**
 * Made-up readings of weather stations, as awkward as real ones: scales from 1e-9 to 1e10, offsets
 * far larger than the spread, a constant column, a nearly constant one, long tails, missing values,
 * and two columns of text.
 *
 * <p>A row is a pure function of its index, so the sample has the same bits on every machine and
 * for any number of tasks.
 */
final class SensorSample {

  private static final CounterRandom RANDOM = CounterRandom.of(20_261_120);
  private static final String[] SITES = {"coast", "forest", "plain", "ridge", "valley"};
  private static final double MILLIS_START = 1.7672256e12;

  static final StructType SCHEMA =
      new StructType()
          .add("station", DataTypes.StringType)
          .add("site", DataTypes.StringType)
          .add("read_at_millis", DataTypes.LongType)
          .add("latitude", DataTypes.DoubleType)
          .add("longitude", DataTypes.DoubleType)
          .add("altitude_m", DataTypes.DoubleType)
          .add("temperature_c", DataTypes.FloatType)
          .add("humidity_percent", DataTypes.FloatType)
          .add("pressure_pa", DataTypes.DoubleType)
          .add("wind_m_s", DataTypes.DoubleType)
          .add("rain_mm", DataTypes.DoubleType)
          .add("solar_w_m2", DataTypes.DoubleType)
          .add("particles_per_m3", DataTypes.DoubleType)
          .add("battery_v", DataTypes.FloatType)
          .add("uptime_s", DataTypes.LongType)
          .add("oscillator_hz", DataTypes.DoubleType)
          .add("clock_drift_s", DataTypes.DoubleType)
          .add("firmware", DataTypes.IntegerType);

  private SensorSample() {}

  /** The first rows of the sample, made by that many tasks. */
  static Dataset<Row> rows(SparkSession spark, long rows, int tasks) {
    return spark
        .range(0, rows, 1, tasks)
        .map((MapFunction<Long, Row>) SensorSample::row, Encoders.row(SCHEMA));
  }

  static Row row(long index) {
    Dice dice = new Dice(index);
    int station = dice.below(400);
    CounterRandom place = RANDOM.fork("station").fork(station);
    double daylight = Math.max(0, 1 - Math.abs(dice.uniform() * 4 - 2));
    double temperature = 11 + 8 * daylight + 6 * dice.gaussian();
    double humidity = Math.min(100, Math.max(4, 78 - 1.6 * temperature + 12 * dice.gaussian()));
    boolean dry = dice.uniform() < 0.85;
    boolean sensorLost = dice.uniform() < 0.02;
    boolean gaugeFrozen = temperature < 0;
    return RowFactory.create(
        "station-" + (1000 + station),
        SITES[station % SITES.length],
        (long) (MILLIS_START + 1000 * Math.floor(index * 0.73 + 0.5 * dice.uniform())),
        46.5 + 3 * place.gaussian(0),
        8.2 + 4 * place.gaussian(1),
        250 * StrictMath.exp(0.9 * place.gaussian(2)),
        sensorLost ? null : (float) temperature,
        sensorLost ? null : (float) humidity,
        101_325 + 780 * dice.gaussian(),
        StrictMath.sqrt(-32 * StrictMath.log(1 - dice.uniform())),
        gaugeFrozen ? null : dry ? 0.0 : -1.8 * StrictMath.log(1 - dice.uniform()),
        daylight * 910 * dice.uniform(),
        2e6 * StrictMath.exp(2.5 * dice.gaussian()),
        (float) (3.7 + 0.06 * dice.gaussian()),
        (long) (1e5 * StrictMath.exp(1.5 * dice.gaussian())),
        1e10 + 1e-3 * dice.gaussian(),
        2e-9 * dice.gaussian(),
        41);
  }

  /** The random numbers of one row: the k-th call draws from the k-th stream at the row's index. */
  private static final class Dice {

    private final long index;
    private int draws;

    Dice(long index) {
      this.index = index;
    }

    private CounterRandom next() {
      return RANDOM.fork(draws++);
    }

    double uniform() {
      return next().uniform(index);
    }

    double gaussian() {
      return next().gaussian(index);
    }

    int below(int bound) {
      return next().below(bound, index);
    }
  }
}
