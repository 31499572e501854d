package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageTest {

  private static final String HOSTILE = "</script><img src=x onerror=\"alert('1')\">&\u0000\uD800";

  private static Page page(String text) {
    LineChart lines =
        new LineChart(
            text,
            Axis.linear(text),
            Axis.logarithmic(text),
            List.of(
                new LineChart.Line(text, List.of(LineChart.Point.of(1, 2))),
                new LineChart.Line(text, List.of(LineChart.Point.of(2, 3)))));
    BarChart bars =
        new BarChart(
            text,
            text,
            List.of(text, text),
            List.of(new BarChart.Group(text, List.of(Spread.of(1), Spread.of(2)))));
    DataTable table =
        new DataTable(
            List.of(
                new DataTable.Column(text, DataTable.Holds.WORDS),
                new DataTable.Column(text, DataTable.Holds.NUMBERS)),
            List.of(List.of(text, text)));
    return new Page(
        text,
        List.of(
            Page.Section.of(text, Words.plain(text), new Words(Words.Tone.OUTPUT, text)),
            Page.Section.of(text, lines, bars, table)));
  }

  @Test
  void equalPagesAreEqualBytes() {
    assertThat(page("a").html()).isEqualTo(page("a").html()).isNotEqualTo(page("b").html());
  }

  @Test
  void theTemplateIsSmall() {
    assertThat(new Page("", List.of()).html().length()).isLessThan(9_000);
  }

  @Test
  void theContentSecurityPolicyNamesTheStyleAndTheScriptByTheirHashesAndNothingElse()
      throws Exception {
    String html = page("a").html();
    assertThat(html)
        .contains(
            "content=\"default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\""
                .formatted(
                    hash(html, "<style>(.*?)</style>"), hash(html, "<script>(.*?)</script>")));
    assertThat(html).doesNotContainPattern("\\s(style|on[a-z]+)=");
  }

  private static String hash(String html, String element) throws Exception {
    Matcher found = Pattern.compile(element, Pattern.DOTALL).matcher(html);
    assertThat(found.find()).isTrue();
    byte[] digest =
        MessageDigest.getInstance("SHA-256")
            .digest(found.group(1).getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }

  @Test
  void aPageNamesNothingOutsideItself() {
    assertThat(page("a").html()).doesNotContainPattern("https?:|//[a-z]|url\\(|@import|<link|src=");
  }

  @Test
  void textsThatAreMarkupStayTexts() {
    String html = page(HOSTILE).html();
    assertThat(html).doesNotContain("<img", "onerror=\"", "\u0000").contains("&lt;/script&gt;");
    assertThat(count(html, "</script>")).isEqualTo(1);
    assertThat(Html.escape(HOSTILE))
        .isEqualTo(
            "&lt;/script&gt;&lt;img src=x"
                + " onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;\uFFFD\uFFFD");
  }

  @Test
  void everyChartHasATable() {
    String html = page("a").html();
    assertThat(count(html, "<figure>")).isEqualTo(2);
    assertThat(
            count(html, "</svg>\n<details><summary>Table</summary>\n<div class=\"table\"><table>"))
        .isEqualTo(2);
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  @Test
  void wordsOfATableAreAlignedApartFromNumbersAndLongTablesScroll() {
    assertThat(DataTable.of(List.of("a", "b"), List.of(List.of("x", "1"))).html())
        .isEqualTo(
            """
            <div class="table"><table>
            <thead><tr><th class=w>a<th>b
            <tbody>
            <tr><td>x<td>1
            </table></div>
            """);
    List<List<String>> rows = IntStream.range(0, 25).mapToObj(i -> List.of("x", "" + i)).toList();
    assertThat(DataTable.of(List.of("a", "b"), rows).html())
        .startsWith("<div class=\"table long\">");
  }

  @Test
  void aRowHasACellInEachColumn() {
    assertThatThrownBy(() -> DataTable.of(List.of("a", "b"), List.of(List.of("x"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row of 1 cells in a table of 2 columns");
  }

  @Test
  void theEndingOfANameTellsAPageFromJson() {
    assertThat(List.of("run.html", "s3a://a/RUN.HTM")).allMatch(Page::isFor);
    assertThat(List.of("run.json", "html", "run.html.json")).noneMatch(Page::isFor);
  }
}
