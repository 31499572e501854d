package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A page as headless Chromium shows it, where Chromium is installed. */
@Timeout(180)
class PageInBrowserTest {

  private static final int FIRST_LINE_COLOUR = 0x0068a8; // --c0 of chart.css

  private static final Page PAGE =
      new Page(
          "A page",
          List.of(
              Page.Section.of(
                  "Chart",
                  new LineChart(
                      "Loss",
                      Axis.linear("epoch"),
                      Axis.logarithmic("loss"),
                      List.of(
                          new LineChart.Line(
                              "loss",
                              IntStream.rangeClosed(1, 20)
                                  .mapToObj(i -> LineChart.Point.of(i, 1.0 / i))
                                  .toList())))),
              Page.Section.of(
                  "Table",
                  DataTable.of(
                      List.of("name", "value"),
                      IntStream.range(0, 40)
                          .mapToObj(i -> List.of("</script>row " + i, "" + i))
                          .toList()))));

  @TempDir private Path folder;
  private String browser;
  private HttpServer server;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  @BeforeEach
  void find() throws IOException {
    Optional<Path> found =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .flatMap(
                name ->
                    Arrays.stream(System.getenv("PATH").split(":"))
                        .map(folder -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(found.isPresent(), "no Chromium is installed");
    browser = found.get().toString();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  /**
   * What Chromium printed, the document to standard output.
   *
   * @param out its standard output
   * @param console what scripts and policies had to say
   */
  private record Shown(String out, List<String> console) {}

  private Shown show(String html, String... options) throws Exception {
    byte[] bytes = html.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestURI().toString());
          exchange.getResponseHeaders().add("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    List<String> command =
        new ArrayList<>(
            List.of(
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--user-data-dir=" + folder.resolve("profile"),
                "--enable-logging=stderr"));
    command.addAll(List.of(options));
    command.add("http://127.0.0.1:%d/page".formatted(server.getAddress().getPort()));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("Chromium ends").isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    return new Shown(
        Files.readString(out),
        Files.readString(err).lines().filter(line -> line.contains(":CONSOLE")).toList());
  }

  @Test
  void aPageRunsItsScriptAsksForNothingAndHasNothingToComplainOf() throws Exception {
    Shown shown = show(PAGE.html(), "--dump-dom");
    assertThat(shown.console()).isEmpty();
    assertThat(requests).containsExactly("/page");
    assertThat(shown.out())
        .contains("<input type=\"search\"", "tabindex=\"0\"", "&lt;/script&gt;row 39")
        .contains("<svg viewBox=");
  }

  @Test
  void theChartIsThere() throws Exception {
    Path picture = folder.resolve("page.png");
    show(PAGE.html(), "--window-size=900,1200", "--screenshot=" + picture);
    BufferedImage image = ImageIO.read(picture.toFile());
    long coloured =
        IntStream.range(0, image.getWidth() * image.getHeight())
            .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()) & 0xffffff)
            .filter(colour -> colour == FIRST_LINE_COLOUR)
            .count();
    assertThat(coloured).isGreaterThan(500); // a line over most of the width
  }

  @Test
  void aScriptThatIsNotThatOfThePageIsBlockedAndReported() throws Exception {
    Shown shown = show(PAGE.html().replace("frame.before", "window.frame.before"), "--dump-dom");
    assertThat(shown.console())
        .singleElement()
        .asString()
        .contains("violates the following Content Security Policy directive");
    assertThat(shown.out()).doesNotContain("<input");
  }
}
