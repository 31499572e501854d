package io.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.syncbn.sums.TableSums;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

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

  private static TableSums sums(List<Double> values) {
    TableSums sums = new TableSums(1);
    values.forEach(sums.column(0)::add);
    return sums;
  }
}
