package org.syncbn.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A report that people look at: one HTML file that asks nothing of the network, with a content
 * security policy that lets nothing run or load but its own style and script. Equal pages are equal
 * bytes.
 *
 * @param title at its top and of its window
 * @param sections from the top down
 */
public record Page(String title, List<Section> sections) {

  /** The names that end a file of HTML. */
  private static final List<String> ENDINGS = List.of(".html", ".htm");

  /**
   * A part of a page under a heading.
   *
   * @param title the heading; empty for none
   * @param parts from the top down
   */
  public record Section(String title, List<PagePart> parts) {

    /** Keeps a copy of the parts. */
    public Section {
      parts = List.copyOf(parts);
    }

    /** A section of these parts. */
    public static Section of(String title, PagePart... parts) {
      return new Section(title, List.of(parts));
    }
  }

  /** Keeps a copy of the sections. */
  public Page {
    sections = List.copyOf(sections);
  }

  /** Whether a file of this name is to hold a page. */
  public static boolean isFor(String location) {
    return ENDINGS.stream().anyMatch(location.toLowerCase(Locale.ROOT)::endsWith);
  }

  /** The whole file. */
  public String html() {
    String style = "\n" + Svg.resource("chart.css") + Svg.resource("page.css");
    String script = "\n" + Svg.resource("page.js");
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; \
        script-src '%s'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>%s</title>
        <style>%s</style>
        <main>
        <h1>%s</h1>
        """
            .formatted(hash(style), hash(script), Html.escape(title), style, Html.escape(title)));
    for (Section section : sections) {
      html.append("<section>\n");
      if (!section.title().isEmpty()) {
        html.append("<h2>").append(Html.escape(section.title())).append("</h2>\n");
      }
      section.parts().forEach(part -> html.append(part.html()));
      html.append("</section>\n");
    }
    return html.append("</main>\n<script>").append(script).append("</script>\n").toString();
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
