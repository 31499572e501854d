package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.syncbn.report.Chart;
import org.syncbn.report.DataTable;
import org.syncbn.report.Page;
import org.syncbn.report.PagePart;
import org.syncbn.report.TextTable;
import org.syncbn.report.Words;

/**
 * An experiment that was carried out.
 *
 * @param name of the experiment
 * @param claim what is claimed
 * @param source who claims it
 * @param note what is to be known about it, in sentences, or nothing
 * @param findings what was found
 */
record Outcome(String name, String claim, String source, String note, Findings findings) {

  /** For the terminal. */
  String text() {
    DataTable table = findings.table();
    TextTable text =
        new TextTable(table.columns().stream().map(DataTable.Column::title).toArray(String[]::new));
    table.rows().forEach(row -> text.row(row.toArray(String[]::new)));
    return "%s%nClaim: %s.%nSource: %s.%n%n%s%nVerdict: %s%n%s"
        .formatted(
            name, claim, source, text, verdict(), note.isEmpty() ? "" : "Note: " + note + "\n");
  }

  private String verdict() {
    return "%s: %s.".formatted(findings.verdict(), findings.sentence());
  }

  /** For a page. */
  Page.Section section() {
    List<PagePart> parts = new ArrayList<>();
    parts.add(new Words(Words.Tone.PLAIN, claim + "."));
    parts.add(new Words(Words.Tone.PLAIN, "Source: " + source + "."));
    parts.add(new Words(tone(), "The claim " + verdict()));
    parts.add(findings.table());
    parts.addAll(findings.charts());
    if (!note.isEmpty()) {
      parts.add(new Words(Words.Tone.PLAIN, note));
    }
    return new Page.Section(name, parts);
  }

  private Words.Tone tone() {
    return switch (findings.verdict()) {
      case HOLDS -> Words.Tone.GOOD;
      case HOLDS_IN_PART -> Words.Tone.PLAIN;
      case DOES_NOT_HOLD -> Words.Tone.WARNING;
    };
  }

  /** For a document in Markdown; its pictures are files in a folder beside it. */
  String markdown(String folder) {
    StringBuilder text = new StringBuilder();
    text.append("## ").append(name).append("\n\n");
    text.append(claim).append(".\n\n");
    text.append("*Source:* ").append(source).append(".\n\n");
    text.append("**").append(capital(findings.verdict().toString())).append(":** ");
    text.append(findings.sentence()).append(".\n\n");
    if (!note.isEmpty()) {
      text.append(note).append("\n\n");
    }
    DataTable table = findings.table();
    text.append(line(table.columns().stream().map(DataTable.Column::title).toList()));
    text.append(
        line(
            table.columns().stream()
                .map(c -> c.holds() == DataTable.Holds.WORDS ? "---" : "---:")
                .toList()));
    table.rows().forEach(row -> text.append(line(row)));
    text.append('\n');
    pictures()
        .keySet()
        .forEach(
            file ->
                text.append(
                    "![%s](%s/%s)%n".formatted(file.replaceAll("\\.svg$", ""), folder, file)));
    return text.append('\n').toString();
  }

  private static String capital(String words) {
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  /** A row of a table. */
  static String line(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** The pictures as SVG, by the names of their files. */
  Map<String, String> pictures() {
    Map<String, String> pictures = new LinkedHashMap<>();
    List<Chart> charts = findings.charts();
    for (int i = 0; i < charts.size(); i++) {
      String file = charts.size() == 1 ? name + ".svg" : "%s-%d.svg".formatted(name, i + 1);
      pictures.put(file, charts.get(i).svg());
    }
    return pictures;
  }

  /** For a report in JSON. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("claim", claim);
    json.put("source", source);
    json.put("note", note);
    json.put("verdict", findings.verdict().toString());
    json.put("sentence", findings.sentence());
    json.put("table", json(findings.table()));
    json.put(
        "charts",
        findings.charts().stream()
            .map(chart -> Map.of("title", chart.title(), "table", json(chart.table())))
            .toList());
    return json;
  }

  private static Map<String, Object> json(DataTable table) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("columns", table.columns().stream().map(DataTable.Column::title).toList());
    json.put("rows", table.rows());
    return json;
  }
}
