package org.syncbn.report;

import static org.syncbn.report.SavedReport.elements;
import static org.syncbn.report.SavedReport.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a page shows of an evaluation: metrics, and which classes are taken for which. */
record EvaluationSections(List<SavedReport> runs) {

  List<Page.Section> all() {
    List<Page.Section> sections = new ArrayList<>();
    sections.add(Page.Section.of("Metrics", metrics()));
    sections.addAll(confusion());
    return sections;
  }

  /** Which classes are taken for which; nothing where that was not measured. */
  List<Page.Section> confusion() {
    List<PagePart> matrices = new ArrayList<>();
    for (SavedReport run : runs) {
      List<String> classes = run.list("classes").map(JsonNode::asText).toList();
      if (!classes.isEmpty()) {
        matrices.add(matrix(run, classes));
      }
    }
    return matrices.isEmpty() ? List.of() : List.of(new Page.Section("Confusion matrix", matrices));
  }

  private DataTable metrics() {
    return DataTable.of(
        ReportPage.titles(runs, "metric", "value"),
        ReportPage.sideBySide(
            runs,
            run -> {
              Map<String, String> values = new LinkedHashMap<>();
              values.put("rows", TextTable.count(run.json().path("rows").asLong()));
              for (Map.Entry<String, JsonNode> metric : run.json().path("metrics").properties()) {
                values.put(metric.getKey(), TextTable.number(number(metric.getValue()), 6));
              }
              return values;
            }));
  }

  private PagePart matrix(SavedReport run, List<String> classes) {
    List<List<Double>> values =
        run.list("confusionMatrix")
            .map(row -> elements(row).map(SavedReport::number).toList())
            .toList();
    MatrixChart chart =
        new MatrixChart(
            ReportPage.named(runs, run, "Rows of each class by the class they are taken for"),
            "class",
            "predicted",
            classes,
            values);
    return classes.size() <= MatrixChart.MOST_NAMES ? chart : chart.table();
  }
}
