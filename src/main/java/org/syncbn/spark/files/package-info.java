/**
 * Which files and columns of a data set are read, and how: the base of everything that reads or
 * writes data.
 *
 * <p>Imports nothing of ours. Read {@link org.syncbn.spark.files.InputFiles} first, which decides
 * what belongs to an input; then {@link org.syncbn.spark.files.ReadOptions} and {@link
 * org.syncbn.spark.files.FormatReader}, which each format implements in a package of its own.
 */
package org.syncbn.spark.files;
