/**
 * LibSVM files: a label and a sparse vector on each line.
 *
 * <p>Imports {@code spark.files}, whose {@link org.syncbn.spark.files.FormatReader} it implements.
 */
package org.syncbn.spark.libsvm;
