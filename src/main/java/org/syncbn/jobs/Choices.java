package org.syncbn.jobs;

import java.util.Arrays;
import java.util.stream.Stream;
import org.syncbn.api.NormalizedRows.NumberType;
import org.syncbn.cli.Choice;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.sync.EngineKind;

/** The values that options of the commands accept. */
final class Choices {

  private Choices() {}

  /** An engine, or null for {@code auto}. */
  static final class OfEngine extends Choice<EngineKind> {
    OfEngine() {
      super("auto", EngineKind.values());
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
