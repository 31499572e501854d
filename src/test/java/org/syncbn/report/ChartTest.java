package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ChartTest {

  private static LineChart lines(LineChart.Line... lines) {
    return new LineChart("title", Axis.linear("epoch"), Axis.linear("loss"), List.of(lines));
  }

  private static LineChart.Line line(String name, double... values) {
    return new LineChart.Line(
        name,
        IntStream.range(0, values.length)
            .mapToObj(i -> LineChart.Point.of(i + 1, values[i]))
            .toList());
  }

  @Test
  void theTableOfLinesHasARowForEachPlaceAndAColumnForEachLine() {
    LineChart chart =
        lines(
            line("first", 3, 2),
            new LineChart.Line(
                "second", List.of(new LineChart.Point(2.5, new Spread(0.5, 1, 1.25)))));
    assertThat(chart.table().columns())
        .extracting(DataTable.Column::title)
        .containsExactly("epoch", "first", "second");
    assertThat(chart.table().rows())
        .containsExactly(
            List.of("1", "3", ""), List.of("2", "2", ""), List.of("2.5", "", "1 (0.5 to 1.25)"));
  }

  @Test
  void ofManyPointsAdjacentOnesBecomeTheirMeanAndTheirRange() {
    LineChart.Line dense = line("dense", IntStream.range(0, 1000).asDoubleStream().toArray());
    assertThat(dense.points()).hasSize(200);
    assertThat(dense.points().get(0)).isEqualTo(new LineChart.Point(5, new Spread(0, 2, 4)));
    assertThat(dense.points().get(199))
        .isEqualTo(new LineChart.Point(1000, new Spread(995, 997, 999)));
  }

  @Test
  void aPointThatIsNoNumberInterruptsItsLine() {
    assertThat(paths(lines(line("a", 1, 2, 3, 4)), "line c0")).hasSize(1);
    assertThat(paths(lines(line("a", 1, 2, Double.NaN, 4)), "line c0")).hasSize(2);
    assertThat(paths(lines(line("a", Double.NaN)), "line c0")).isEmpty();
  }

  @Test
  void onlyRangesHaveABand() {
    assertThat(paths(lines(line("a", 1, 2)), "band c0")).isEmpty();
    LineChart.Line seeds =
        new LineChart.Line(
            "seeds",
            List.of(
                new LineChart.Point(1, Spread.over(List.of(1.0, 3.0))),
                new LineChart.Point(2, Spread.over(List.of(2.0, 2.0)))));
    assertThat(paths(lines(seeds), "band c0")).hasSize(1);
  }

  @Test
  void namesAtTheEndsOfLinesKeepTheirDistance() {
    LineChart chart = lines(line("a", 5, 1), line("b", 6, 1), line("c", 7, 1));
    List<Double> places =
        Stream.of("c0", "c1", "c2")
            .flatMap(colour -> elements(chart, "text", "name " + colour))
            .map(Double::valueOf)
            .sorted()
            .toList();
    assertThat(places).hasSize(3);
    assertThat(places.get(1) - places.get(0)).isGreaterThanOrEqualTo(14);
    assertThat(places.get(2) - places.get(1)).isGreaterThanOrEqualTo(14);
  }

  @Test
  void barsStandBesideTheirNumbers() {
    BarChart chart =
        new BarChart(
            "title",
            "accuracy",
            List.of("small", "large"),
            List.of(
                new BarChart.Group(
                    "global", List.of(Spread.over(List.of(0.5, 1.0)), Spread.of(Double.NaN)))));
    assertThat(chart.table().rows()).containsExactly(List.of("global", "0.75 (0.5 to 1)", "NaN"));
    assertThat(chart.svg()).contains("0.75 (0.5 to 1)", "class=\"whisker\"", ">NaN<");
  }

  @Test
  void aGroupHasABarOfEachSeries() {
    assertThatThrownBy(
            () ->
                new BarChart(
                    "title",
                    "accuracy",
                    List.of("a", "b"),
                    List.of(new BarChart.Group("global", List.of(Spread.of(1))))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 bars of 2 series");
  }

  @Test
  void aPictureAloneIsWellFormedAndHasItsOwnStyle() {
    String svg = lines(line("a < b & \"c\" \u0007", 1, 2), line("d", 2, 1)).svg();
    assertThat(parsed(svg).getDocumentElement().getNamespaceURI())
        .isEqualTo("http://www.w3.org/2000/svg");
    assertThat(svg).contains("prefers-color-scheme: dark", "a &lt; b &amp; &quot;c&quot; \uFFFD");
  }

  @Test
  void theSpreadOfNothingIsNoNumber() {
    assertThat(Spread.over(List.of()).mean()).isNaN();
    assertThat(Spread.over(List.of(1.0, Double.NaN)).mean()).isNaN();
    assertThat(Spread.over(List.of(1.0, 2.0, 6.0))).isEqualTo(new Spread(1, 3, 6));
  }

  private static List<String> paths(Chart chart, String kind) {
    return elements(chart, "path", kind).toList();
  }

  /** The places, or else the paths, of the elements of a kind. */
  private static Stream<String> elements(Chart chart, String name, String kind) {
    NodeList nodes = parsed(chart.svg()).getElementsByTagName(name);
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> (Element) nodes.item(i))
        .filter(element -> element.getAttribute("class").equals(kind))
        .map(element -> element.getAttribute(name.equals("path") ? "d" : "y"));
  }

  private static Document parsed(String svg) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      return factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    } catch (Exception e) {
      throw new AssertionError(svg, e);
    }
  }
}
