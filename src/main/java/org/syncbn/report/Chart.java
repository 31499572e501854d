package org.syncbn.report;

/** A picture of numbers, with the table of them below it. */
public sealed interface Chart extends PagePart
    permits LineChart, BarChart, StackedChart, MatrixChart, Histogram {

  /** What is shown, as a heading. */
  String title();

  /** The numbers of the picture. */
  DataTable table();

  /** The picture. */
  Svg drawing();

  /** The picture as an SVG file of its own, for light and dark pages. */
  default String svg() {
    return drawing().standAlone();
  }

  @Override
  default String html() {
    return """
    <figure>
    <figcaption>%s</figcaption>
    %s<details><summary>Table</summary>
    %s</details>
    </figure>
    """
        .formatted(Html.escape(title()), drawing().inline(), table().html());
  }
}
