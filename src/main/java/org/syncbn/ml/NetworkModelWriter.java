package org.syncbn.ml;

import java.io.IOException;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLWriter;
import org.syncbn.api.FittedNetwork;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.files.DataException;

/** Writes a model: Spark's metadata, and the network's folder, as {@code jobs/train} does. */
final class NetworkModelWriter extends MLWriter {

  static final String FOLDER = "network";

  private final Params model;
  private final FittedNetwork network;

  NetworkModelWriter(Params model, FittedNetwork network) {
    this.model = model;
    this.network = network;
  }

  @Override
  public void saveImpl(String path) {
    DefaultParamsWriter.saveMetadata(model, path, sparkSession());
    try {
      network.save(
          HadoopFolder.at(
              ModelFiles.in(path, FOLDER), sparkSession().sparkContext().hadoopConfiguration()));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }
}
