/**
 * Code shared by commands and benchmarks: the session and its options, the terminal, output commit,
 * and one-sentence failures.
 *
 * <p>Read {@link org.syncbn.cli.SessionOptions} first.
 */
package org.syncbn.cli;
