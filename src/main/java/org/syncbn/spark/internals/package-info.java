/**
 * What is not public in Spark and small enough to stand behind a door: each class names the
 * versions that it was tried with.
 *
 * <p>Imports nothing of ours. Code that works on Spark's own rows, plans, files and connections
 * cannot do without their classes, and stays where it belongs; {@code ArchitectureTest} has the
 * list, and fails for anything that is not on it. A new version of Spark is to be tried there too;
 * the tests named {@code SparkInternals} run with each version that this compiles for:
 *
 * <ul>
 *   <li>{@code spark} and the packages below it: rows, arrays and texts in Spark's representation
 *       ({@code GenericInternalRow}, {@code UnsafeArrayData}, {@code UnsafeRowWriter}, ...);
 *   <li>{@code spark.columnar}: Spark's formats of Parquet and ORC, which {@code ParquetFormat},
 *       {@code OrcFormat}, {@code StoredTypesWriter} and {@code WideParquetReader} extend or call;
 *   <li>{@code spark.text}, {@code spark.csv}, {@code spark.json}, {@code spark.libsvm}: {@code
 *       FileFormat}, by {@code RowFileFormat};
 *   <li>{@code spark.files}: {@code FileIndex} ({@code FileList}), {@code HadoopFsRelation} ({@code
 *       InputFiles}), the data set of a classic session ({@code ClassicDataset});
 *   <li>{@code spark}: the executed plan ({@code ColumnScan}) and its vectors ({@code
 *       ColumnarSums});
 *   <li>{@code spark.sync}: the transport of Spark's network library ({@code GangTransport} and the
 *       classes that use it);
 *   <li>{@code cluster}: Spark's master and worker ({@code Tether}).
 * </ul>
 */
package org.syncbn.spark.internals;
