package org.syncbn.train;

import java.util.List;
import java.util.Optional;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TargetScale;

/**
 * How the columns of a table become the features of a network, and its label the target: what a
 * model keeps of its table.
 *
 * @param encoding of the columns
 * @param statistics the text of the statistics file by which the numbers among them are normalized
 * @param targets how labels that are numbers are standardized, one for each column to predict; none
 *     where they are taken as they are
 */
public record TableForm(
    TableEncoding encoding, Optional<String> statistics, List<TargetScale> targets) {

  /** Copies the list. */
  public TableForm {
    targets = List.copyOf(targets);
  }
}
