package org.syncbn.report;

/**
 * A paragraph.
 *
 * @param tone what a reader should make of it
 * @param text plain, not HTML
 */
public record Words(Tone tone, String text) implements PagePart {

  /** What a reader should make of a paragraph. */
  public enum Tone {
    /** It explains. */
    PLAIN("p"),
    /** The output of a command, with its line breaks and columns. */
    OUTPUT("pre"),
    /** All is as it should be. */
    GOOD("p class=good"),
    /** Something should be looked at. */
    WARNING("p class=warning");

    private final String element;

    Tone(String element) {
      this.element = element;
    }
  }

  /** A paragraph that explains. */
  public static Words plain(String text) {
    return new Words(Tone.PLAIN, text);
  }

  @Override
  public String html() {
    return "<%s>%s</%s>\n"
        .formatted(tone.element, Html.escape(text), tone.element.replaceFirst(" .*", ""));
  }
}
