package org.syncbn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Java code in the pages of {@code docs}, each line of which stands in a test. */
public final class DocumentedCode {

  private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final Path TESTS = Path.of("src/test/java/org/syncbn");

  private DocumentedCode() {}

  /**
   * Fails if a page shows a line that no test has.
   *
   * @param page the name of a file in {@code docs}
   * @param tests the paths of the tests' files below {@code org/syncbn}
   */
  public static void requireTested(String page, String... tests) throws IOException {
    List<String> tested = new ArrayList<>();
    for (String test : tests) {
      Files.readAllLines(TESTS.resolve(test)).forEach(line -> tested.add(line.strip()));
    }
    List<String> shown =
        JAVA.matcher(Files.readString(Path.of("docs", page)))
            .results()
            .flatMap(code -> code.group(1).lines())
            .map(String::strip)
            .toList();
    assertThat(shown).isNotEmpty();
    assertThat(tested).containsAll(shown);
  }
}
