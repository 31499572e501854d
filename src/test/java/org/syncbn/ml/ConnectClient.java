package org.syncbn.ml;

import java.util.function.Consumer;
import org.apache.spark.connect.proto.Command;
import org.apache.spark.connect.proto.ExecutePlanResponse;
import org.apache.spark.connect.proto.MlCommand;
import org.apache.spark.connect.proto.MlCommandResult.MlOperatorInfo;
import org.apache.spark.connect.proto.MlOperator;
import org.apache.spark.connect.proto.MlOperator.OperatorType;
import org.apache.spark.connect.proto.MlParams;
import org.apache.spark.connect.proto.MlRelation;
import org.apache.spark.connect.proto.ObjectRef;
import org.apache.spark.connect.proto.Relation;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.connect.Dataset;
import org.apache.spark.sql.connect.SparkSession;
import org.apache.spark.sql.connect.common.LiteralValueProtoConverter;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * A session of Spark Connect with the messages for ML that PySpark sends: Spark's client for the
 * JVM has sessions and data sets, but no stages.
 */
final class ConnectClient implements AutoCloseable {

  private final SparkSession session;

  ConnectClient(int port) {
    session = SparkSession.builder().remote("sc://127.0.0.1:" + port).create();
  }

  /** A table or view of the server. */
  Dataset<Row> table(String name) {
    return session.table(name);
  }

  /** Fits a stage with the params that are set, and returns the reference of the model. */
  String fit(Estimator<?> stage, Dataset<Row> rows) {
    return run(command ->
            command
                .getFitBuilder()
                .setEstimator(estimator(stage))
                .setParams(params(stage))
                .setDataset(rows.plan().getRoot()))
        .getObjRef()
        .getId();
  }

  Dataset<Row> transform(String model, Params params, Dataset<Row> rows) {
    MlRelation.Transform transform =
        MlRelation.Transform.newBuilder()
            .setObjRef(reference(model))
            .setInput(rows.plan().getRoot())
            .setParams(params(params))
            .build();
    return session.newDataFrame(
        (Relation.Builder relation) -> {
          relation.getMlRelationBuilder().setTransform(transform);
          return BoxedUnit.UNIT;
        });
  }

  void save(String model, String path) {
    run(command -> command.getWriteBuilder().setObjRef(reference(model)).setPath(path));
  }

  void save(Estimator<?> stage, String path) {
    run(
        command ->
            command
                .getWriteBuilder()
                .setOperator(estimator(stage))
                .setParams(params(stage))
                .setPath(path));
  }

  /** Loads a model; what the server says of it has its reference, uid and params. */
  MlOperatorInfo loadModel(Class<?> model, String path) {
    return load(model, OperatorType.OPERATOR_TYPE_MODEL, path);
  }

  MlOperatorInfo loadStage(Class<?> stage, String path) {
    return load(stage, OperatorType.OPERATOR_TYPE_ESTIMATOR, path);
  }

  private MlOperatorInfo load(Class<?> kind, OperatorType type, String path) {
    return run(
        command ->
            command
                .getReadBuilder()
                .setOperator(MlOperator.newBuilder().setName(kind.getName()).setType(type))
                .setPath(path));
  }

  private static MlOperator.Builder estimator(Estimator<?> stage) {
    return MlOperator.newBuilder()
        .setName(stage.getClass().getName())
        .setUid(stage.uid())
        .setType(OperatorType.OPERATOR_TYPE_ESTIMATOR);
  }

  private static ObjectRef.Builder reference(String model) {
    return ObjectRef.newBuilder().setId(model);
  }

  private static MlParams params(Params stage) {
    MlParams.Builder params = MlParams.newBuilder();
    for (ParamPair<?> pair : CollectionConverters.asJava(stage.paramMap().toSeq())) {
      params.putParams(
          pair.param().name(), LiteralValueProtoConverter.toLiteralProto(pair.value()));
    }
    return params.build();
  }

  private MlOperatorInfo run(Consumer<MlCommand.Builder> content) {
    Command.Builder command = Command.newBuilder();
    content.accept(command.getMlCommandBuilder());
    return CollectionConverters.asJava(session.execute(command.build())).stream()
        .filter(ExecutePlanResponse::hasMlCommandResult)
        .map(response -> response.getMlCommandResult().getOperatorInfo())
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    session.close();
  }
}
