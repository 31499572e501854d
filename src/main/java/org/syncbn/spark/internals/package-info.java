/**
 * What is not public in Spark and small enough to stand behind a door: each class names the
 * versions that it was tried with.
 *
 * <p>Imports nothing of ours. Code that works on Spark's own rows, plans, files and connections
 * cannot do without their classes, and stays where it belongs; a new version of Spark is to be
 * tried there too (compiled for 4.0.1, 4.1.0 and 4.2.0; the tests named {@code SparkInternals} run
 * with each):
 *
 * <ul>
 *   <li>{@code spark.columnar}: Spark's formats of Parquet and ORC, which {@code ParquetFormat},
 *       {@code OrcFormat}, {@code StoredTypesWriter} and {@code WideParquetReader} extend or call;
 *   <li>{@code spark.text}, {@code spark.csv}, {@code spark.json}, {@code spark.libsvm}: {@code
 *       FileFormat} and {@code InternalRow}, by {@code RowFileFormat};
 *   <li>{@code spark.files}: {@code FileIndex} ({@code FileList}), partition folders ({@code
 *       PartitionFolders}), compressed streams ({@code FileContent}), {@code HadoopFsRelation}
 *       ({@code InputFiles}), the data set of a classic session ({@code ClassicDataset});
 *   <li>{@code spark}: the executed plan ({@code ColumnScan}) and rows in Spark's representation;
 *   <li>{@code spark.sync}: the transport of Spark's network library ({@code HubTransport});
 *   <li>{@code cluster}, {@code launch} and {@code jobs}: Spark's master and worker ({@code
 *       Tether}), its parser of arguments ({@code LaunchArguments}), and {@code Utils}, {@code
 *       SparkHadoopUtil} and the catalogs' exceptions ({@code DriverMachine}, {@code
 *       SessionOptions}, {@code OutputTable}).
 * </ul>
 */
package org.syncbn.spark.internals;
