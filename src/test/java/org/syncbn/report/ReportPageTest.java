package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportPageTest {

  private static final String HOSTILE = "</script><img src=x onerror=alert(1)>";

  private static RunReport normalization(int features) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < features; i++) {
      Map<String, Object> feature = new LinkedHashMap<>();
      feature.put("name", i == 0 ? HOSTILE : "feature_%05d".formatted(i));
      feature.putAll(moments(1_000_000 - i % 3, i % 3, Math.sin(i) * 1e3, 1 + i % 1000));
      feature.put("constant", false);
      Map<String, Object> normalized = moments(1_000_000, 0, 1e-17 * Math.sin(i), 1);
      normalized.put("expectedMean", 0.0);
      normalized.put("meanBound", 1e-15);
      normalized.put("expectedPopulationVariance", 1.0);
      normalized.put("populationVarianceBound", 1e-15);
      feature.put("normalized", normalized);
      all.add(feature);
    }
    return new RunReport()
        .with("job", "normalize")
        .with("text", "Statistics of the features")
        .with("features", all)
        .with("provenance", Map.of("java", "17"));
  }

  private static Map<String, Object> moments(long count, long missing, double mean, double var) {
    Map<String, Object> moments = new LinkedHashMap<>();
    moments.put("count", count);
    moments.put("missing", missing);
    moments.put("mean", mean);
    moments.put("populationVariance", var);
    moments.put("min", mean - 3.21 * Math.sqrt(var));
    moments.put("max", mean + 3.21 * Math.sqrt(var));
    return moments;
  }

  private static RunReport training(double rate, String... notes) {
    List<Map<String, Object>> history = new ArrayList<>();
    for (int epoch = 1; epoch <= 3; epoch++) {
      Map<String, Object> times = new LinkedHashMap<>();
      times.put("computeSeconds", 1.0);
      times.put("exchangeSeconds", 3.0);
      times.put("driverSeconds", 0.5);
      times.put("shardSkew", 2.0);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("epoch", epoch);
      result.put("samplesPerSecond", 100.0 * epoch);
      result.put("times", times);
      result.put("train", Map.of("loss", 1.0 / epoch));
      result.put("validation", Map.of("loss", 1 + Math.abs(epoch - 2)));
      history.add(result);
    }
    Map<String, Object> norm = new LinkedHashMap<>();
    norm.put("layer", "1");
    norm.put("channels", 8);
    norm.put(
        "drift",
        Map.of(
            "meanShift", 0.1,
            "leastDeviationRatio", 0.25,
            "greatestDeviationRatio", 1.5,
            "constantChannels", 3));
    norm.put("deadChannels", 0);
    return new RunReport()
        .with("job", "train")
        .with("text", "train loss 0.3333")
        .with("notes", List.of(notes))
        .with("history", history)
        .with("metrics", Map.of("train", Map.of("loss", 1 / 3.0)))
        .with(
            "steps",
            Map.of(
                "step", List.of(1, 2), "loss", List.of(2, 1), "learningRate", List.of(rate, rate)))
        .with(
            "layers",
            List.of(
                Map.of(
                    "epoch", 1,
                    "batchNorms", List.of(norm),
                    "gradientNorms", Map.of("0.weight", 0.5, "0.bias", 0.1))))
        .with("options", Map.of("optimizer", Map.of("learningRate", rate)));
  }

  private static SavedReport saved(RunReport report, String name) {
    return SavedReport.parse(report.json(), name);
  }

  @Test
  void theEndingOfTheNameChoosesPageOrJson() {
    RunReport report = normalization(3);
    assertThat(report.text("a/b.html")).startsWith("<!DOCTYPE html>");
    assertThat(report.text("a/b.json")).isEqualTo(report.json()).startsWith("{");
  }

  @Test
  void theSavedJsonMakesTheSamePage() {
    RunReport report = training(0.1);
    assertThat(ReportPage.of(List.of(saved(report, "elsewhere.json"))).html())
        .isEqualTo(report.text("run.html"));
  }

  @Test
  void tenThousandFeaturesAreLessThanAMegabyte() {
    String html = normalization(10_000).text("a.html");
    assertThat(html.length()).isLessThan(1_000_000);
    assertThat(html).contains("<tr><td>feature_09999<td>").doesNotContain("<img");
  }

  @Test
  void whatIsTheSameOfAllFeaturesIsSaidOnce() {
    List<Map<String, Object>> features = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Map<String, Object> feature = new LinkedHashMap<>();
      feature.put("name", "feature" + i);
      feature.putAll(moments(1000, 0, i, 100));
      features.add(feature);
    }
    assertThat(new RunReport().with("job", "normalize").with("features", features).text("a.html"))
        .contains("<p>The same for all features: count 1,000, missing 0, std. deviation 10.</p>")
        .contains("<tr><th class=w>feature<th>mean<th>min<th>max<th>digits lost\n");
  }

  @Test
  void theTableOfFeaturesFlagsThem() {
    Map<String, Object> feature = new LinkedHashMap<>();
    feature.put("name", "year");
    feature.putAll(moments(10, 90, 1e6, 1));
    feature.put("constant", false);
    assertThat(
            new RunReport()
                .with("job", "normalize")
                .with("features", List.of(feature))
                .text("a.html"))
        .contains("<td>12<td>mostly missing, far from 0") // 2 log10(1e6)
        .contains("More values are missing than there are: year.");
  }

  @Test
  void verifiedDataAreShownBeforeAndAfter() {
    String html = normalization(200).text("a.html");
    assertThat(html)
        .contains("mean and variance of all 200 features are as they must be")
        .contains("These 100 are nearest to the bounds of rounding.")
        .contains(">before</text>", ">after</text>");
  }

  @Test
  void aPageOfTrainingSaysWhatTheFiguresMean() {
    String html = training(0.1, "warning: a warning").text("run.html");
    assertThat(html)
        .contains("<pre>train loss 0.3333</pre>")
        .contains("<p class=warning>warning: a warning</p>")
        .contains("The validation loss was lowest after epoch 2 (1) and is 2 after the last")
        .contains("deviations by factors from 0.25 to 1.5)")
        .contains("<tr><td>1<td>8<td>0.1<td>0.25<td>1.5<td>3<td>0")
        .contains("Exchanges took 67 % of the time")
        .contains("The slowest shard took 2 times as long as the mean");
    for (String chart :
        List.of(
            "Loss",
            "Loss of each mini-batch",
            "Learning rate of each step",
            "Largest distance of a running mean",
            "Norm of the gradient of each weight array, in the last step of an epoch",
            "Time of the steps of each epoch")) {
      assertThat(html).contains("<figcaption>" + chart + "</figcaption>");
    }
  }

  @Test
  void everyChartHasATable() {
    for (RunReport report : List.of(training(0.1), normalization(30), evaluation(), benchmark())) {
      String html = report.text("a.html");
      assertThat(Pattern.compile("<figure>").matcher(html).results().count())
          .isPositive()
          .isEqualTo(Pattern.compile("</svg>\n<details>").matcher(html).results().count());
    }
  }

  private static RunReport evaluation() {
    return new RunReport()
        .with("job", "evaluate")
        .with("rows", 5)
        .with("metrics", Map.of("accuracy", 0.8))
        .with("classes", List.of("cat", HOSTILE))
        .with("confusionMatrix", List.of(List.of(3.0, 1.0), List.of(0.0, 1.0)));
  }

  private static RunReport benchmark() {
    return new RunReport()
        .with("job", "bench sync")
        .with(
            "exchange",
            List.of(
                Map.of("engine", "gang", "p50Micros", 60.0),
                Map.of("engine", "tree", "p50Micros", 4e4)));
  }

  @Test
  void anEvaluationShowsWhichClassesAreTakenForWhich() {
    assertThat(evaluation().text("a.html"))
        .contains("<title>cat as cat: 3</title>", "<tr><td>cat<td>3<td>1")
        .doesNotContain("<img");
  }

  @Test
  void aBenchmarkIsBarsAndFigures() {
    assertThat(benchmark().text("a.html"))
        .contains("<title>gang: 60</title>", "<h2>Exchange</h2>", "<td>40000");
  }

  @Test
  void measurementsOfABenchmarkAreToldApartByTheirSizes() {
    Map<String, Object> point = new LinkedHashMap<>();
    point.put("engine", "star");
    point.put("executors", 8);
    point.put("weights", 100_000);
    point.put("megabits", 1_000);
    point.put("secondsPerStep", 0.25);
    point.put("modelSecondsPerStep", 0.24);
    String html =
        new RunReport().with("job", "bench scale").with("scale", List.of(point)).text("a.html");
    assertThat(html)
        .contains("<title>star 8 executors 100,000 weights 1,000 megabits: 0.25</title>");
  }

  @Test
  void twoRunsAreLaidOverEachOther() {
    String html =
        ReportPage.of(List.of(saved(training(0.1), "x/a.json"), saved(training(0.5), "y/b.json")))
            .html();
    assertThat(html)
        .contains("<h1>jobs/train: a.json and b.json</h1>")
        .contains(">a.json train</text>", ">b.json train</text>")
        .contains("<tr><td>optimizer.learningRate<td class=w>0.1<td>0.5")
        .contains("<p>What differs:</p>");
  }

  @Test
  void theMeansOfTwoDataSetsAreCompared() {
    RunReport before = normalization(3);
    Map<String, Object> feature = new LinkedHashMap<>();
    feature.put("name", "feature_00001");
    feature.putAll(moments(1_000_000, 0, Math.sin(1) * 1e3 + Math.sqrt(2) * 0.5, 8));
    RunReport after = new RunReport().with("job", "normalize").with("features", List.of(feature));
    String html = ReportPage.of(List.of(saved(before, "a.json"), saved(after, "b.json"))).html();
    assertThat(html)
        .contains("<tr><td>feature_00001<td>841.471<td>842.178<td>0.5<td>2<td>1<td>0")
        .contains("Only in a.json: ");
  }

  @Test
  void reportsOfTwoJobsAreNotMixed() {
    assertThatThrownBy(
            () ->
                ReportPage.of(
                    List.of(saved(training(1), "a.json"), saved(normalization(1), "b.json"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a.json is a report of jobs/train and b.json one of jobs/normalize; only reports of one"
                + " job can be laid over each other");
  }

  @Test
  void aJobWithoutAPageIsNamed() {
    SavedReport report = saved(new RunReport().with("job", "experiment"), "a.json");
    assertThatThrownBy(() -> ReportPage.of(List.of(report)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a.json is a report of jobs/experiment, for which there is no page from JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "not JSON", "[]", "{\"format\":\"spark-syncbn model\",\"version\":1}"})
  void whatIsNoReportIsSaidInASentence(String text) {
    assertThatThrownBy(() -> SavedReport.parse(text, "a.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a.json is not a report; the option --report FILE.json of jobs writes one");
  }

  @Test
  void aReportOfANewerVersionIsSaidInASentence() {
    assertThatThrownBy(
            () -> SavedReport.parse("{\"format\":\"spark-syncbn report\",\"version\":2}", "a.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a.json has version 2 of the format of reports, this program reads up to version 1;"
                + " use a newer version of it");
  }

  @Test
  void aLongRunIsDrawnInAFewPoints() {
    List<Integer> steps = IntStream.rangeClosed(1, 100_000).boxed().toList();
    RunReport report =
        new RunReport()
            .with("job", "train")
            .with("steps", Map.of("step", steps, "loss", steps, "learningRate", steps));
    assertThat(report.text("a.html").length()).isLessThan(60_000);
  }
}
