package org.syncbn.sums;

import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A group of rows: those that have these texts in the columns by which rows are grouped. A null is
 * a distinct text, unlike any other.
 *
 * <p>Groups are ordered by their texts, null before all others. Immutable.
 */
public final class Group implements Comparable<Group>, Serializable {

  private static final long serialVersionUID = 1L;

  private static final Comparator<String> NULL_FIRST =
      Comparator.nullsFirst(Comparator.naturalOrder());

  /** The group of all rows, where they are not grouped. */
  public static final Group ALL = new Group(new ArrayList<>());

  private final ArrayList<String> texts; // with nulls

  private Group(ArrayList<String> texts) {
    this.texts = texts;
  }

  /**
   * The group with these texts.
   *
   * @param texts one for each column; null where the column is null
   */
  public static Group of(List<String> texts) {
    return new Group(new ArrayList<>(texts));
  }

  /** The texts in the order of the columns; empty where a column is null. */
  public Stream<Optional<String>> texts() {
    return texts.stream().map(Optional::ofNullable);
  }

  @Override
  public int compareTo(Group other) {
    for (int i = 0; i < Math.min(texts.size(), other.texts.size()); i++) {
      int order = NULL_FIRST.compare(texts.get(i), other.texts.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(texts.size(), other.texts.size());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Group group && texts.equals(group.texts);
  }

  @Override
  public int hashCode() {
    return texts.hashCode();
  }

  /** For people: {@code 'north', 2026, null}. */
  @Override
  public String toString() {
    return String.join(
        ", ", texts.stream().map(text -> text == null ? "null" : "'" + text + "'").toList());
  }

  void writeTo(ByteArrayOutputStream out) {
    SumsFormat.writeCount(out, texts.size());
    for (String text : texts) {
      if (text == null) {
        SumsFormat.writeCount(out, 0);
      } else {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        SumsFormat.writeCount(out, bytes.length + 1L);
        out.writeBytes(bytes);
      }
    }
  }

  static Group readFrom(ByteBuffer in) {
    int size = SumsFormat.readLength(in);
    ArrayList<String> texts = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int length = SumsFormat.readLength(in);
      byte[] bytes = new byte[Math.max(0, length - 1)];
      in.get(bytes);
      texts.add(length == 0 ? null : new String(bytes, StandardCharsets.UTF_8));
    }
    return new Group(texts);
  }
}
