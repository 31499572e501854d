package org.syncbn.spark.csv;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextFile;

/**
 * What all records of some files look like. Merging is associative and commutative.
 *
 * <p>Not thread-safe.
 */
final class CsvScan implements Serializable {

  private static final long serialVersionUID = 1L;

  private final CsvColumn[] columns;
  private final TreeSet<String> breaksInQuotes = new TreeSet<>(); // URIs of files
  private boolean cutShort; // a file with such breaks was read in parts, so that nothing here holds
  private CsvColumn.Field fault; // the first: its place, and what is wrong

  CsvScan(int columns) {
    this.columns = new CsvColumn[columns];
    for (int i = 0; i < columns; i++) {
      this.columns[i] = new CsvColumn();
    }
  }

  private void add(CsvForm form, FilePart part) {
    String uri = part.path().toUri().toString();
    long[] position = {0};
    CsvColumn.Place place = text -> new CsvColumn.Field(uri, position[0], text);
    CsvNulls nulls = new CsvNulls(form.text());
    CsvNumber number = new CsvNumber(form.text());
    CsvNotations notations = new CsvNotations();
    try (CsvRecords records = new CsvRecords(form, part)) {
      CsvFields fields = records.fields();
      while (records.next()) {
        position[0] = records.position();
        for (int i = 0; i < columns.length; i++) {
          int field = records.place(i);
          if (fields.isEmpty(field)) {
            continue;
          }
          byte[] bytes = fields.bytes(field);
          int from = fields.from(field);
          int to = fields.to(field);
          if (from == to) {
            columns[i].addQuotedEmpty();
            continue;
          }
          FieldText look = number.look(bytes, from, to);
          if (!nulls.isEmpty() && nulls.contain(bytes, from, to, look)) {
            columns[i].addNull();
          } else {
            columns[i].add(bytes, from, to, look, place, notations);
          }
        }
      }
      if (records.hasBreakInQuotes()) {
        breaksInQuotes.add(uri);
        cutShort |= !records.isInOnePart();
      }
    } catch (TextFault found) {
      CsvColumn.Field there = new CsvColumn.Field(uri, found.position(), found.getMessage());
      fault = CsvColumn.Field.first(fault, there);
    }
  }

  CsvScan merge(CsvScan other) {
    for (int i = 0; i < columns.length; i++) {
      columns[i].merge(other.columns[i]);
    }
    breaksInQuotes.addAll(other.breaksInQuotes);
    cutShort |= other.cutShort;
    fault = CsvColumn.Field.first(fault, other.fault);
    return this;
  }

  CsvColumn column(int i) {
    return columns[i];
  }

  /** URIs of the files with line breaks inside quotes. */
  Set<String> breaksInQuotes() {
    return breaksInQuotes;
  }

  /** Whether files with line breaks inside quotes were read in parts and must be read again. */
  boolean isCutShort() {
    return cutShort;
  }

  /** Place and sentence of the first fault, or null. */
  CsvColumn.Field fault() {
    return fault;
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static CsvScan fromBytes(byte[] bytes) {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return (CsvScan) in.readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Scans files: one row for each part, with the bytes of its scan. */
  static final class Format extends RowFileFormat {

    private static final long serialVersionUID = 1L;

    static final StructType COLUMNS = new StructType().add("scan", DataTypes.BinaryType);

    private final CsvForm form;

    Format(CsvForm form) {
      this.form = form;
    }

    @Override
    protected PartReader reader(StructType columns) {
      CsvForm sent = form;
      return part -> {
        CsvScan scan = new CsvScan(sent.header().size());
        scan.add(sent, part);
        InternalRow row = new GenericInternalRow(new Object[] {scan.toBytes()});
        return Collections.singleton(row).iterator();
      };
    }

    @Override
    protected TextFile file(Configuration configuration, Path path) {
      return form.file(configuration, path);
    }

    @Override
    protected boolean isSplittable(TextFile file, Path path) {
      return form.isSplittable(file, path);
    }

    @Override
    protected String extension() {
      return ".csv";
    }

    @Override
    protected RowWriter writer(OutputStream out, StructType columns) {
      throw new UnsupportedOperationException("A scan is only read.");
    }
  }
}
