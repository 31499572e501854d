package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.report.DataTable;
import org.syncbn.report.Page;
import org.syncbn.report.RunReport;
import org.syncbn.report.TextTable;
import org.syncbn.report.Words;

/**
 * What some experiments found, for people and for programs.
 *
 * @param setting what the numbers depend on
 * @param outcomes in the order of the experiments
 */
record ExperimentReport(String setting, List<Outcome> outcomes) {

  private static final List<String> TITLES = List.of("experiment", "claim", "verdict");

  /** Copies the outcomes. */
  ExperimentReport {
    outcomes = List.copyOf(outcomes);
  }

  private List<List<String>> summary() {
    return outcomes.stream()
        .map(o -> List.of(o.name(), o.claim(), o.findings().verdict().toString()))
        .toList();
  }

  /** A line for each experiment, for the terminal: its claim is above. */
  String summaryText() {
    TextTable text = new TextTable(TITLES.get(0), TITLES.get(2));
    summary().forEach(row -> text.row(row.get(0), row.get(2)));
    return text.toString();
  }

  /** A page with charts. */
  Page page() {
    List<Page.Section> sections = new ArrayList<>();
    sections.add(Page.Section.of("", Words.plain(setting)));
    if (outcomes.size() > 1) {
      List<DataTable.Column> columns =
          TITLES.stream().map(title -> new DataTable.Column(title, DataTable.Holds.WORDS)).toList();
      sections.add(Page.Section.of("Verdicts", new DataTable(columns, summary())));
    }
    outcomes.forEach(outcome -> sections.add(outcome.section()));
    return new Page("Batch normalization, tried", sections);
  }

  /**
   * A document in Markdown.
   *
   * @param folder of the {@link #pictures}, beside it
   */
  String markdown(String folder) {
    StringBuilder text = new StringBuilder();
    text.append("# Experiments\n\n");
    text.append(
        "What the literature claims of batch normalization, tried on the trainer of this system;"
            + " `jobs/experiment NAME` repeats one of them, `--data FOLDER` on other images.\n\n");
    text.append(setting).append("\n\n");
    text.append(Outcome.line(TITLES)).append("| --- | --- | --- |\n");
    summary()
        .forEach(
            row ->
                text.append(
                    Outcome.line(
                        List.of(
                            "[%s](#%s)".formatted(row.get(0), row.get(0)),
                            row.get(1),
                            row.get(2)))));
    text.append('\n');
    outcomes.forEach(outcome -> text.append(outcome.markdown(folder)));
    return text.toString();
  }

  /** The pictures of the document as SVG, by the names of their files. */
  Map<String, String> pictures() {
    Map<String, String> pictures = new LinkedHashMap<>();
    outcomes.forEach(outcome -> pictures.putAll(outcome.pictures()));
    return pictures;
  }

  /** The figures. */
  RunReport json() {
    return new RunReport()
        .with("job", "experiment")
        .with("experiments", outcomes.stream().map(Outcome::json).toList())
        .with("setting", setting);
  }
}
