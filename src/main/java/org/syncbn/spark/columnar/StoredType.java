package org.syncbn.spark.columnar;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.BsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.sql.types.VariantType;
import org.syncbn.spark.files.DataException;

/**
 * What Parquet says of a column whose type Spark does not have, such as a timestamp in nanoseconds,
 * a UUID or a TIME: the column is read as the bare numbers or bytes that are stored, and written to
 * Parquet again as what it was. It travels as the column's metadata.
 *
 * <p>Immutable.
 */
public final class StoredType {

  /** In the metadata of a column: the stored types of its leaves, in their order. */
  private static final String KEY = "syncbn.stored";

  /** The name of a leaf whose type Spark has. */
  private static final String PLAIN = "plain";

  private static final String KEPT = "kept";

  private final MessageType leaves;

  private StoredType(MessageType leaves) {
    this.leaves = leaves;
  }

  /** The stored types of the leaves of one column, if Spark lacks one of them. */
  static Optional<StoredType> of(List<PrimitiveType> leaves, List<PrimitiveType> bare) {
    if (leaves.equals(bare)) {
      return Optional.empty();
    }
    Type[] fields = new Type[leaves.size()];
    for (int i = 0; i < fields.length; i++) {
      boolean plain = leaves.get(i).equals(bare.get(i));
      fields[i] = named((plain ? PLAIN : KEPT) + i, leaves.get(i));
    }
    return Optional.of(new StoredType(new MessageType(KEY, fields)));
  }

  /** What a column's metadata says. */
  public static Optional<StoredType> of(StructField field) {
    return isKept(field)
        ? Optional.of(
            new StoredType(MessageTypeParser.parseMessageType(field.metadata().getString(KEY))))
        : Optional.empty();
  }

  /** Whether a column holds bare numbers or bytes, which are no features. */
  public static boolean isKept(StructField field) {
    return field.metadata().contains(KEY);
  }

  /**
   * Throws if a column or field is kept as it is stored, not as a number.
   *
   * @param name of the column, or of a field of it
   * @param column of the data set
   * @param leaf of the column: 0, or the number of values before the field
   * @throws DataException if the column or field is kept as it is stored
   */
  public static void requireNumber(String name, StructField column, int leaf) {
    Optional<StoredType> stored = of(column).filter(type -> type.keeps(leaf));
    if (stored.isPresent()) {
      throw new DataException(
          "Column '%s' is %s, not a number; store it as a number to normalize it."
              .formatted(name, ParquetTypes.described(stored.get().leaf(leaf))));
    }
  }

  /** Whether a column holds nothing but nulls, by its type. */
  static boolean isNull(StructField field) {
    return of(field)
        .filter(stored -> stored.leaves.getFieldCount() == 1)
        .map(stored -> stored.leaf(0).getLogicalTypeAnnotation())
        .filter(type -> type != null && type.toString().equals("UNKNOWN"))
        .isPresent();
  }

  /** Whether the column is a single value that is said to be of a kind. */
  boolean isType(Class<? extends LogicalTypeAnnotation> kind) {
    return leaves.getFieldCount() == 1 && kind.isInstance(leaf(0).getLogicalTypeAnnotation());
  }

  /** Whether the column is single values of bytes or texts, which mean nothing more. */
  boolean isBytesOrText() {
    return leaves.getFieldCount() == 1
        && (leaf(0).getLogicalTypeAnnotation() == null
            || isType(EnumLogicalTypeAnnotation.class)
            || isType(JsonLogicalTypeAnnotation.class)
            || isType(BsonLogicalTypeAnnotation.class));
  }

  /** The number of values that one value of a type consists of, elements of lists counted once. */
  public static int leaves(DataType type) {
    if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields()).mapToInt(field -> leaves(field.dataType())).sum();
    } else if (type instanceof ArrayType array) {
      return leaves(array.elementType());
    } else if (type instanceof MapType map) {
      return leaves(map.keyType()) + leaves(map.valueType());
    } else if (type instanceof UserDefinedType<?> user) {
      return leaves(user.sqlType());
    }
    return type instanceof VariantType ? 2 : 1;
  }

  private boolean keeps(int leaf) {
    return leaf < leaves.getFieldCount() && leaves.getFieldName(leaf).startsWith(KEPT);
  }

  PrimitiveType leaf(int leaf) {
    return leaves.getType(leaf).asPrimitiveType();
  }

  /** The metadata that another program wrote of a column, without what was stored then. */
  static Metadata without(Optional<Metadata> metadata) {
    return metadata
        .map(found -> new MetadataBuilder().withMetadata(found).remove(KEY).build())
        .orElseGet(Metadata::empty);
  }

  /** The metadata with this. */
  Metadata in(Metadata metadata) {
    return new MetadataBuilder().withMetadata(metadata).putString(KEY, leaves.toString()).build();
  }

  /** The stored type of a leaf, or else the given one: where it is plain, or has changed since. */
  PrimitiveType restored(int leaf, PrimitiveType written) {
    if (!keeps(leaf)) {
      return written;
    }
    PrimitiveType stored = leaf(leaf);
    boolean fits =
        stored.getPrimitiveTypeName() == written.getPrimitiveTypeName()
            || stored.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
                && written.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.BINARY;
    return fits ? named(written.getName(), stored, written.getRepetition()) : written;
  }

  private static PrimitiveType named(String name, PrimitiveType type) {
    return named(name, type, Type.Repetition.OPTIONAL);
  }

  private static PrimitiveType named(String name, PrimitiveType type, Type.Repetition repetition) {
    return Types.primitive(type.getPrimitiveTypeName(), repetition)
        .length(type.getTypeLength())
        .as(type.getLogicalTypeAnnotation())
        .named(name);
  }

  /** The types that Spark lacks. */
  @Override
  public String toString() {
    return leaves.getFields().stream()
        .filter(leaf -> leaf.getName().startsWith(KEPT))
        .map(leaf -> ParquetTypes.described(leaf.asPrimitiveType()))
        .distinct()
        .collect(Collectors.joining(", "));
  }
}
