package io.syncbn.jobs;

import io.syncbn.jobs.NormalizedOutput.NumberType;
import io.syncbn.spark.MissingValues;
import io.syncbn.spark.UnseenGroups;
import io.syncbn.spark.files.DataFormat;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option whose values are the constants of an enum, written as in {@code batch-norm}. */
abstract class Choice<E extends Enum<E>> implements ITypeConverter<E>, Iterable<String> {

  private final List<E> constants;

  private Choice(Class<E> type) {
    constants = Arrays.asList(type.getEnumConstants());
  }

  /** How the value is written. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public E convert(String text) {
    return constants.stream()
        .filter(constant -> name(constant).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'%s' is not one of %s"
                        .formatted(
                            text,
                            String.join(", ", constants.stream().map(Choice::name).toList()))));
  }

  @Override
  public Iterator<String> iterator() {
    return constants.stream().map(Choice::name).iterator();
  }

  /** A network to measure. */
  static final class OfNetwork extends Choice<BenchmarkNetwork> {
    OfNetwork() {
      super(BenchmarkNetwork.class);
    }
  }

  /** An engine. */
  static final class OfEngine extends Choice<EngineOptions.Wanted> {
    OfEngine() {
      super(EngineOptions.Wanted.class);
    }
  }

  /** A format of files. */
  static final class OfFormat extends Choice<DataFormat> {
    OfFormat() {
      super(DataFormat.class);
    }
  }

  /** A treatment of missing values. */
  static final class OfMissing extends Choice<MissingValues> {
    OfMissing() {
      super(MissingValues.class);
    }
  }

  /** A method of normalization. */
  static final class OfMethod extends Choice<MethodOptions.Method> {
    OfMethod() {
      super(MethodOptions.Method.class);
    }
  }

  /** A treatment of columns without spread. */
  static final class OfConstant extends Choice<MethodOptions.ConstantColumns> {
    OfConstant() {
      super(MethodOptions.ConstantColumns.class);
    }
  }

  /** A treatment of groups without statistics. */
  static final class OfUnseen extends Choice<UnseenGroups> {
    OfUnseen() {
      super(UnseenGroups.class);
    }
  }

  /** A type of normalized numbers. */
  static final class OfNumberType extends Choice<NumberType> {
    OfNumberType() {
      super(NumberType.class);
    }
  }
}
