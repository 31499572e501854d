package org.syncbn.jobs;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.syncbn.api.NormalizedRows.NumberType;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option whose values are constants of enums, written as in {@code batch-norm}. */
abstract class Choice<E> implements ITypeConverter<E>, Iterable<String> {

  private final Map<String, E> constants = new LinkedHashMap<>();

  @SafeVarargs
  private Choice(E... constants) {
    for (E constant : constants) {
      this.constants.put(name((Enum<?>) constant), constant);
    }
  }

  /** How the value is written. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The value that is written so. */
  Optional<E> find(String text) {
    return Optional.ofNullable(constants.get(text));
  }

  @Override
  public E convert(String text) {
    return find(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'%s' is not one of %s"
                        .formatted(text, String.join(", ", constants.keySet()))));
  }

  @Override
  public Iterator<String> iterator() {
    return constants.keySet().iterator();
  }

  /** A network to measure. */
  static final class OfNetwork extends Choice<BenchmarkNetwork> {
    OfNetwork() {
      super(BenchmarkNetwork.values());
    }
  }

  /** An engine. */
  static final class OfEngine extends Choice<EngineOptions.Wanted> {
    OfEngine() {
      super(EngineOptions.Wanted.values());
    }
  }

  /** A format of files, or of tables with a log. */
  static final class OfFormat extends Choice<RowFormat> {
    OfFormat() {
      super(
          Stream.<RowFormat>concat(
                  Arrays.stream(DataFormat.values()), Arrays.stream(TableFormat.values()))
              .toArray(RowFormat[]::new));
    }
  }

  /** A treatment of missing values. */
  static final class OfMissing extends Choice<MissingValues> {
    OfMissing() {
      super(MissingValues.values());
    }
  }

  /** A method of normalization. */
  static final class OfMethod extends Choice<NormalizationMethod.Kind> {
    OfMethod() {
      super(NormalizationMethod.Kind.values());
    }
  }

  /** A treatment of columns without spread. */
  static final class OfConstant extends Choice<ConstantColumns> {
    OfConstant() {
      super(ConstantColumns.values());
    }
  }

  /** A treatment of groups without statistics. */
  static final class OfUnseen extends Choice<UnseenGroups> {
    OfUnseen() {
      super(UnseenGroups.values());
    }
  }

  /** A type of normalized numbers. */
  static final class OfNumberType extends Choice<NumberType> {
    OfNumberType() {
      super(NumberType.values());
    }
  }
}
