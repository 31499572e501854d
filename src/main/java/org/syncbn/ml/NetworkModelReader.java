package org.syncbn.ml;

import java.util.function.BiFunction;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.syncbn.api.FittedNetwork;
import scala.Option;

/**
 * Reads what {@link NetworkModelWriter} wrote.
 *
 * @param <M> the class of the model
 */
final class NetworkModelReader<M extends Params> extends MLReader<M> {

  private final Class<M> type;
  private final BiFunction<String, FittedNetwork, M> constructor;

  NetworkModelReader(Class<M> type, BiFunction<String, FittedNetwork, M> constructor) {
    this.type = type;
    this.constructor = constructor;
  }

  @Override
  public M load(String path) {
    DefaultParamsReader.Metadata metadata =
        DefaultParamsReader.loadMetadata(path, sparkSession(), type.getName());
    M model =
        constructor.apply(
            metadata.uid(),
            FittedNetwork.load(sparkSession(), ModelFiles.in(path, NetworkModelWriter.FOLDER)));
    metadata.getAndSetParams(model, Option.empty());
    return model;
  }
}
