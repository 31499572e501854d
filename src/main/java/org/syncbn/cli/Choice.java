package org.syncbn.cli;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option whose values are constants of enums, written as in {@code batch-norm}. */
public abstract class Choice<E> implements ITypeConverter<E>, Iterable<String> {

  private final Map<String, E> constants = new LinkedHashMap<>();

  /** All constants of one enum or several. */
  @SafeVarargs
  protected Choice(E... constants) {
    for (E constant : constants) {
      this.constants.put(name((Enum<?>) constant), constant);
    }
  }

  /** One more word before all constants of an enum, which leaves an optional value empty. */
  protected Choice(String none, E[] constants) {
    this.constants.put(none, null);
    for (E constant : constants) {
      this.constants.put(name((Enum<?>) constant), constant);
    }
  }

  /** How the value is written. */
  public static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The value that is written so. */
  Optional<E> find(String text) {
    return Optional.ofNullable(constants.get(text));
  }

  @Override
  public E convert(String text) {
    if (!constants.containsKey(text)) {
      throw new TypeConversionException(
          "'%s' is not one of %s".formatted(text, String.join(", ", constants.keySet())));
    }
    return constants.get(text);
  }

  @Override
  public Iterator<String> iterator() {
    return constants.keySet().iterator();
  }
}
