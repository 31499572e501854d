package org.syncbn.train;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Arrays by name, such as {@code 0.weight}, {@code *.bias}, or {@code 3} for all arrays of layer 3
 * and of the layers inside it. A star stands for any characters. Immutable.
 */
final class NamePattern {

  private final String text;
  private final Pattern pattern;

  NamePattern(String text) {
    this.text = text;
    String literal =
        Stream.of(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
    this.pattern = Pattern.compile(literal + "(\\..*)?");
  }

  boolean matches(String name) {
    return pattern.matcher(name).matches();
  }

  /**
   * Rejects a pattern without effect.
   *
   * @param key of the run file, for the sentence
   * @throws IllegalArgumentException if it matches none of the names
   */
  void requireAny(List<String> names, String key) {
    if (names.stream().noneMatch(this::matches)) {
      throw new IllegalArgumentException(
          "%s: '%s' matches no array; there are %s".formatted(key, text, String.join(", ", names)));
    }
  }
}
