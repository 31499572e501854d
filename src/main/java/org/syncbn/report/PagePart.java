package org.syncbn.report;

/** What a section of a {@link Page} is made of: words, charts and tables. */
public sealed interface PagePart permits Words, Chart, DataTable {

  /** As HTML, every text in it escaped. */
  String html();
}
