/**
 * LibSVM files: a label and a sparse vector on each line.
 *
 * <p>Imports {@code spark.files}, whose {@link io.syncbn.spark.files.FormatReader} it implements.
 */
package io.syncbn.spark.libsvm;
