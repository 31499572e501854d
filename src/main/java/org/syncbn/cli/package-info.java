/**
 * What commands and benchmarks share: the session and its options, the terminal, files that appear
 * whole or not at all, and failures as one sentence.
 *
 * <p>Read {@link org.syncbn.cli.SessionOptions} first.
 */
package org.syncbn.cli;
