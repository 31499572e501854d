package org.syncbn.experiment;

import java.util.List;
import org.syncbn.report.Chart;
import org.syncbn.report.DataTable;

/**
 * What an experiment found.
 *
 * @param verdict whether the claim holds
 * @param sentence why, with the figures that decide
 * @param table what was measured of each variant
 * @param charts the pictures
 */
record Findings(Verdict verdict, String sentence, DataTable table, List<Chart> charts) {

  /** Copies the charts. */
  Findings {
    charts = List.copyOf(charts);
  }
}
