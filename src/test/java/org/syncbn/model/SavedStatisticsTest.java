package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Quartiles;
import org.syncbn.sums.TableSums;

class SavedStatisticsTest {

  @Property(tries = 200)
  void whatIsWrittenReadsBackAsTheSameSums(@ForAll List<Double> values) {
    SavedStatistics saved = new SavedStatistics(List.of("x"), sums(values));
    SavedStatistics read = SavedStatistics.parse(saved.json(), "s.json");
    assertThat(read.sums().toBytes()).isEqualTo(saved.sums().toBytes());
    assertThat(read.json()).isEqualTo(saved.json());
  }

  @Test
  void theFileIsAsDocumented() {
    SavedStatistics saved =
        new SavedStatistics(List.of("a \"b\""), sums(List.of(39.0, 42.0, 42.0, Double.NaN)));
    assertThat(saved.json())
        .startsWith(
            """
            {
              "format": "spark-syncbn statistics",
              "version": 1,
              "features": [
                {"name":"a \\"b\\"","count":3,"missing":1,"mean":41.0,"populationVariance":2.0,\
            "sampleVariance":3.0,"min":39.0,"max":42.0,"exact":"\
            """)
        .endsWith("\"}\n  ]\n}\n");
  }

  @Test
  void numbersAreTheShortestDecimalsThatReadBack() {
    // Double.toString gives 1.9999999999999998E23 before Java 19.
    assertThat(new SavedStatistics(List.of("x"), sums(List.of(2e23))).json())
        .contains("\"mean\":2.0E23,");
  }

  @Test
  void numbersThatJsonCannotWriteAreText() {
    String nothing = new SavedStatistics(List.of("x"), sums(List.of())).json();
    assertThat(nothing).contains("\"mean\":\"NaN\"");
    assertThat(SavedStatistics.parse(nothing, "s.json").moments().get(0).mean()).isNaN();
    assertThat(new SavedStatistics(List.of("x"), sums(List.of(1e300, -1e300))).json())
        .contains("\"populationVariance\":\"Infinity\"");
  }

  @Test
  void featuresCanBePutInAnotherOrder() {
    TableSums sums = new TableSums(2);
    sums.column(0).add(1);
    sums.column(1).add(2);
    SavedStatistics turned =
        new SavedStatistics(List.of("a", "b"), sums).inOrder(List.of("b", "a"));
    assertThat(turned.moments().get(0).mean()).isEqualTo(2);
    assertThat(turned.names()).containsExactly("b", "a");
    assertThatThrownBy(() -> turned.inOrder(List.of("a", "c")))
        .hasMessage("there are no statistics of 'c'");
    assertThatThrownBy(() -> turned.inOrder(List.of("a"))).hasMessage("there is no feature 'b'");
  }

  @Test
  void oneChangedCharacterInANumberOrInTheExactSumsIsNoticedUnlessItChangesNothing() {
    String json = new SavedStatistics(List.of("x"), sums(List.of(1.5, 2.25, -7.0))).json();
    int noticed = 0;
    int start = json.indexOf("\"count\"");
    int end = json.indexOf("\"}");
    for (int i = start; i < end; i++) {
      char changed = json.charAt(i) == '3' ? '5' : '3';
      try {
        String damaged = json.substring(0, i) + changed + json.substring(i + 1);
        assertThat(SavedStatistics.parse(damaged, "s.json").json()).isEqualTo(json);
      } catch (FileFormatException e) {
        assertThat(e).hasMessageStartingWith("s.json");
        noticed++;
      }
    }
    // A last digit beyond a double's precision, and the bits that Base64 leaves over.
    assertThat(noticed).isGreaterThan(end - start - 5);
  }

  @Test
  void namesAndSumsBelongTogether() {
    assertThatThrownBy(() -> new SavedStatistics(List.of("x", "y"), new TableSums(1)))
        .hasMessage("2 names for the sums of 1 features.");
  }

  @Test
  void weightedFeaturesSayTheirWeightAndBothUnbiasedVariances() {
    TableSums sums = TableSums.weighted(1);
    sums.column(0).add(39, 0.5);
    sums.column(0).add(42, 1.5);
    SavedStatistics saved = new SavedStatistics(List.of("x"), sums);
    // mean 41.25; V1 = 2, V2 = 2.5; V1 variance = 0.5 * 2.25^2 + 1.5 * 0.75^2 = 3.375
    assertThat(saved.json())
        .contains(
            "\"version\": 2,",
            "\"count\":2,\"missing\":0,\"weight\":2.0,\"mean\":41.25,"
                + "\"populationVariance\":1.6875,\"sampleVariance\":3.375,"
                + "\"reliabilityVariance\":4.5,\"min\":39.0,");
    SavedStatistics read = SavedStatistics.parse(saved.json(), "s.json");
    assertThat(read.json()).isEqualTo(saved.json());
    SavedStatistics unweighted = new SavedStatistics(List.of("x"), sums(List.of(1.0)));
    assertThatThrownBy(() -> saved.mergedWith(unweighted))
        .hasMessage("one has weights and the other has none");
    assertThat(saved.mergedWith(read).moments().get(0).weight()).isEqualTo(4);
  }

  @Test
  void groupsAndQuartilesReadBack() {
    SavedStatistics saved = groups("shop", "open");
    assertThat(saved.json())
        .contains(
            "\"by\": [\"shop\",\"open\"]",
            "{\"group\":[null,\"true\"],\"features\":[",
            "{\"group\":[\"null\",\"\"],\"features\":[",
            "\"lowerQuartile\":1.25,\"median\":1.5,\"upperQuartile\":1.75}");
    SavedStatistics read = SavedStatistics.parse(saved.json(), "s.json");
    assertThat(read.json()).isEqualTo(saved.json());
    assertThat(read.groups().groups()).hasSize(2);
    assertThat(read.moments().get(0).count()).isEqualTo(4);
    String crossed = saved.json().replace("\"median\":1.5", "\"median\":1.8");
    assertThatThrownBy(() -> SavedStatistics.parse(crossed, "s.json"))
        .hasMessage("s.json is damaged: its entry for 'x' contradicts itself.");
    String twice = saved.json().replace("[\"null\",\"\"]", "[null,\"true\"]");
    assertThatThrownBy(() -> SavedStatistics.parse(twice, "s.json"))
        .hasMessage("s.json is damaged: its groups contradict each other.");
  }

  @Test
  void groupsAreMergedGroupByGroupWithoutQuartiles() {
    SavedStatistics merged = groups("shop", "open").mergedWith(groups("shop", "open"));
    assertThat(merged.groups().groups().values())
        .allMatch(sums -> sums.column(0).moments().count() == 4);
    assertThat(merged.quartiles()).isEmpty();
    assertThatThrownBy(() -> merged.mergedWith(groups("shop", "day")))
        .hasMessage("one is grouped by shop, open and the other grouped by shop, day");
    assertThatThrownBy(
            () -> merged.mergedWith(new SavedStatistics(List.of("x"), sums(List.of(1.0)))))
        .hasMessage("one is grouped by shop, open and the other not grouped");
  }

  private static SavedStatistics groups(String... by) {
    GroupSums groups = new GroupSums(1, false);
    Map<Group, List<Quartiles>> quartiles = new HashMap<>();
    for (Group group :
        List.of(Group.of(Arrays.asList(null, "true")), Group.of(List.of("null", "")))) {
      groups.group(group).merge(sums(List.of(1.0, 2.0)));
      quartiles.put(group, List.of(new Quartiles(1.25, 1.5, 1.75)));
    }
    return new SavedStatistics(List.of("x"), List.of(by), groups, quartiles);
  }

  private static TableSums sums(List<Double> values) {
    TableSums sums = new TableSums(1);
    values.forEach(sums.column(0)::add);
    return sums;
  }
}
