package org.syncbn.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.serializer.KryoRegistrator;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.syncbn.spark.sync.TrainingClasses;

/**
 * Registers with Kryo what our jobs send between the driver and the executors, so that they run
 * under {@code spark.kryo.registrationRequired=true}.
 *
 * <p>Set it as {@code spark.kryo.registrator}.
 */
public final class SyncBatchNormRegistrator implements KryoRegistrator {

  /** Creates the registrator, as Spark does by its name. */
  public SyncBatchNormRegistrator() {}

  @Override
  public void registerClasses(Kryo kryo) {
    TrainingClasses.register(kryo);
    // Spark lists many files in tasks.
    for (Class<?> listed :
        List.of(
            Path.class,
            Path[].class,
            FileStatus.class,
            FileStatus[].class,
            LocatedFileStatus.class)) {
      kryo.register(listed, new JavaSerializer());
    }
    // Spark reads the schemas of files in tasks, and registers the schema but not its types, nor
    // the attributes of vectors in its metadata.
    kryo.register(Metadata[].class);
    for (DataType type :
        List.of(
            DataTypes.BooleanType,
            DataTypes.ByteType,
            DataTypes.ShortType,
            DataTypes.IntegerType,
            DataTypes.LongType,
            DataTypes.FloatType,
            DataTypes.DoubleType,
            DataTypes.createDecimalType(),
            DataTypes.StringType,
            DataTypes.BinaryType,
            DataTypes.DateType,
            DataTypes.TimestampType,
            DataTypes.TimestampNTZType,
            DataTypes.NullType,
            DataTypes.createArrayType(DataTypes.NullType),
            DataTypes.createMapType(DataTypes.NullType, DataTypes.NullType),
            new org.apache.spark.ml.linalg.VectorUDT(),
            new org.apache.spark.mllib.linalg.VectorUDT())) {
      kryo.register(type.getClass());
    }
  }
}
