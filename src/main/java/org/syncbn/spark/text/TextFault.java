package org.syncbn.spark.text;

/**
 * Says what is wrong at a place of a text file. The number of the line is not known where a file is
 * read in parts; {@link TextFile#sentence} finds it by a second look at the file.
 */
public final class TextFault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final long position;

  /**
   * States what is wrong.
   *
   * @param position of a byte in the decoded file
   * @param sentence what is wrong there and what to do, to stand behind "FILE, line N: "
   */
  public TextFault(long position, String sentence) {
    super(sentence);
    this.position = position;
  }

  /**
   * A text of a file for a sentence.
   *
   * @param most characters of it that are shown
   */
  public static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "...";
  }

  /** The place, in bytes of the decoded file. */
  public long position() {
    return position;
  }
}
