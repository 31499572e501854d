package org.syncbn.spark.columnar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.sql.types.YearMonthIntervalType;
import org.syncbn.spark.internals.SparkTypes;

/**
 * Spark's types of Parquet's columns, one by one: whatever Spark rejects is read as the bare
 * numbers or bytes that are stored, with its {@link StoredType}.
 */
final class ParquetTypes {

  private ParquetTypes() {}

  /**
   * The column of a type, all of it nullable.
   *
   * @param written what Spark has written of the column, if Spark wrote the file
   * @throws RuntimeException if the type cannot be read at all
   */
  static StructField column(Type type, Optional<StructField> written) {
    Type bare = bare(type);
    // By settings, not arguments: their number differs between versions of Spark.
    var settings = new Configuration(false);
    settings.setBoolean(SQLConf.PARQUET_BINARY_AS_STRING().key(), false);
    settings.setBoolean(SQLConf.PARQUET_INT96_AS_TIMESTAMP().key(), true);
    settings.setBoolean(SQLConf.CASE_SENSITIVE().key(), true);
    settings.setBoolean(SQLConf.PARQUET_INFER_TIMESTAMP_NTZ_ENABLED().key(), true);
    settings.setBoolean(SQLConf.LEGACY_PARQUET_NANOS_AS_LONG().key(), false);
    var converter = new ParquetToSparkSchemaConverter(settings);
    DataType own =
        converter.convert(new MessageType("file", bare)).apply(0).dataType().asNullable();
    Optional<StoredType> stored = StoredType.of(leaves(type), leaves(bare));
    // What Spark wrote knows more, such as vectors, unless another program has changed the file.
    Optional<StructField> trusted =
        written.filter(field -> stripped(field.dataType().asNullable()).equals(own));
    Metadata metadata = StoredType.without(trusted.map(StructField::metadata));
    return new StructField(
        type.getName(),
        trusted
            .filter(field -> stored.isEmpty())
            .map(field -> field.dataType().asNullable())
            .orElse(own),
        true,
        stored.map(kept -> kept.in(metadata)).orElse(metadata));
  }

  /** The values that a type consists of. */
  static List<PrimitiveType> leaves(Type type) {
    return type.isPrimitive()
        ? List.of(type.asPrimitiveType())
        : type.asGroupType().getFields().stream().flatMap(t -> leaves(t).stream()).toList();
  }

  /** The type as Parquet writes it, without the name. */
  static String described(Type type) {
    if (!type.isPrimitive()) {
      LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
      return annotation == null ? "a group" : "a group (%s)".formatted(annotation);
    }
    PrimitiveType primitive = type.asPrimitiveType();
    String name = primitive.getPrimitiveTypeName().name();
    return primitive.getLogicalTypeAnnotation() == null
        ? name
        : "%s (%s)".formatted(name, primitive.getLogicalTypeAnnotation());
  }

  private static Type bare(Type type) {
    if (type.isPrimitive()) {
      return bare(type.asPrimitiveType());
    }
    GroupType group = type.asGroupType();
    return group.withNewFields(group.getFields().stream().map(ParquetTypes::bare).toList());
  }

  private static PrimitiveType bare(PrimitiveType type) {
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    PrimitiveTypeName name = type.getPrimitiveTypeName();
    return switch (name) {
      case BOOLEAN, FLOAT, DOUBLE, INT96 -> with(type, name, null);
      case INT32 ->
          annotation instanceof IntLogicalTypeAnnotation number && number.getBitWidth() <= 32
                  || annotation instanceof DateLogicalTypeAnnotation
                  || isDecimal(annotation, 9)
              ? type
              : with(type, name, null);
      case INT64 ->
          annotation instanceof IntLogicalTypeAnnotation number && number.getBitWidth() == 64
                  || isDecimal(annotation, 18)
                  || annotation instanceof TimestampLogicalTypeAnnotation timestamp
                      && timestamp.getUnit() != TimeUnit.NANOS
              ? type
              : with(type, name, null);
      case BINARY -> {
        if (annotation instanceof StringLogicalTypeAnnotation
            || isDecimal(annotation, DecimalType.MAX_PRECISION())) {
          yield type;
        }
        boolean isText =
            annotation instanceof EnumLogicalTypeAnnotation
                || annotation instanceof JsonLogicalTypeAnnotation;
        yield with(type, name, isText ? LogicalTypeAnnotation.stringType() : null);
      }
      case FIXED_LEN_BYTE_ARRAY ->
          isDecimal(annotation, DecimalType.MAX_PRECISION())
              ? type
              : with(type, PrimitiveTypeName.BINARY, null);
    };
  }

  private static boolean isDecimal(LogicalTypeAnnotation annotation, int digits) {
    return annotation instanceof DecimalLogicalTypeAnnotation decimal
        && decimal.getPrecision() <= digits;
  }

  private static PrimitiveType with(
      PrimitiveType type, PrimitiveTypeName name, LogicalTypeAnnotation annotation) {
    return Types.primitive(name, type.getRepetition()).as(annotation).named(type.getName());
  }

  /** The type without what Spark alone knows of it. */
  private static DataType stripped(DataType type) {
    if (type instanceof StructType struct) {
      List<StructField> fields = new ArrayList<>();
      for (StructField field : struct.fields()) {
        fields.add(
            new StructField(
                field.name(), stripped(field.dataType()), field.nullable(), Metadata.empty()));
      }
      return DataTypes.createStructType(fields);
    } else if (type instanceof ArrayType array) {
      return new ArrayType(stripped(array.elementType()), array.containsNull());
    } else if (type instanceof MapType map) {
      return new MapType(
          stripped(map.keyType()), stripped(map.valueType()), map.valueContainsNull());
    } else if (type instanceof UserDefinedType<?> user) {
      return stripped(user.sqlType().asNullable());
    } else if (type instanceof StringType) {
      return DataTypes.StringType;
    } else if (type instanceof YearMonthIntervalType) {
      return DataTypes.IntegerType;
    }
    return type instanceof DayTimeIntervalType || SparkTypes.isTime(type)
        ? DataTypes.LongType
        : type;
  }
}
