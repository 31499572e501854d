package org.syncbn.train;

import java.util.Optional;
import org.syncbn.data.TableEncoding;
import org.syncbn.data.TargetScale;

/**
 * How the columns of a table become the features of a network, and its label the target: what a
 * model keeps of its table.
 *
 * @param encoding of the columns
 * @param statistics the text of the statistics file by which the numbers among them are normalized
 * @param target how a label that is a number is standardized; empty where it is taken as it is
 */
public record TableForm(
    TableEncoding encoding, Optional<String> statistics, Optional<TargetScale> target) {}
