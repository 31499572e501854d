package org.syncbn.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.syncbn.model.SettingException;
import org.syncbn.nn.Metric;

/**
 * Reads run files: HOCON, with settings that override single keys. A setting that names another
 * kind of something, such as {@code optimizer.adam.learningRate}, replaces the kind that was there.
 */
public final class RunFile {

  /** What a setting's text must look like to be more than a text. */
  private static final Pattern STRUCTURED =
      Pattern.compile(
          "(?s)\\s*([\\[{\"].*|true|false|null|[-+]?\\d+(\\.\\d*)?([eE][-+]?\\d+)?)\\s*");

  private RunFile() {}

  /**
   * Reads a file.
   *
   * @param path of the file
   * @param settings such as {@code training.epochs=3}, the later ones winning
   * @throws SettingException in a sentence, if there is no such file, or it has an error
   */
  public static RunOptions read(Path path, List<String> settings) {
    if (!Files.isRegularFile(path)) {
      throw new SettingException("there is no run file " + path);
    }
    return options(parse(() -> ConfigFactory.parseFile(path.toFile(), strict())), settings);
  }

  /** Reads a run file's text. */
  public static RunOptions parse(String text, List<String> settings) {
    return options(parse(() -> ConfigFactory.parseString(text, strict())), settings);
  }

  /** Reads a run file's text for rows that a program gives, unless it names a format of files. */
  public static RunOptions forDataset(String text, List<String> settings) {
    return options(
        parse(() -> ConfigFactory.parseString(text, strict()))
            .withFallback(ConfigFactory.parseString("data.format = dataset")),
        settings);
  }

  /**
   * Reads settings with a text overriding them.
   *
   * @param settings as a run file in JSON; where the text names another kind, such as another
   *     optimizer or loss, that of the settings does not count
   * @param text in HOCON
   * @throws SettingException in a sentence, if something in either is wrong
   */
  public static RunOptions over(ObjectNode settings, String text) {
    Config lower = ConfigFactory.parseString(settings.toString());
    Config upper = parse(() -> ConfigFactory.parseString(text, strict()));
    return options(parse(() -> upper.withFallback(withoutOtherKinds(lower, upper))), List.of());
  }

  /**
   * Settings without what other settings replace: where those name another kind of optimizer, loss
   * or anything else that is one of several kinds, the keys of the old kind do not count.
   */
  private static Config withoutOtherKinds(Config lower, Config upper) {
    Config left = lower;
    for (String path :
        RunOptions.FORMAT.differentKinds(
            json(lower.resolve()), json(upper.resolve()), RunOptions.class)) {
      left = left.withoutPath(path);
    }
    return left;
  }

  /**
   * Reads the layers of a network.
   *
   * @param text a list in HOCON, as {@code network} is in a run file
   * @return the same in JSON
   * @throws SettingException in a sentence, if it is not HOCON
   */
  public static JsonNode layers(String text) {
    return json(parse(() -> ConfigFactory.parseString("network = " + text, strict()).resolve()))
        .get("network");
  }

  /**
   * Reads metrics.
   *
   * @param text in HOCON, as between the brackets of {@code training.metrics} in a run file
   * @throws SettingException in a sentence, if there is none, or one is unknown
   */
  public static List<Metric> metrics(String text) {
    JsonNode list =
        json(parse(() -> ConfigFactory.parseString("metrics = [" + text + "]", strict()).resolve()))
            .get("metrics");
    if (list.isEmpty()) {
      throw new SettingException("name at least one metric");
    }
    return IntStream.range(0, list.size())
        .mapToObj(i -> RunOptions.FORMAT.read(list.get(i), Metric.class, "metrics[" + i + "]"))
        .toList();
  }

  private static RunOptions options(Config file, List<String> settings) {
    Config config = file;
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new SettingException("write a setting as key=value, not '" + setting + "'");
      }
      String key = setting.substring(0, equals).strip();
      ConfigValue value = value(setting.substring(equals + 1).strip());
      Config before = config;
      config =
          parse(
              () ->
                  withoutOtherKinds(before, ConfigFactory.empty().withValue(key, value))
                      .withValue(key, value));
    }
    Config whole = config;
    return RunOptions.of(json(parse(whole::resolve)));
  }

  private static ConfigValue value(String text) {
    return STRUCTURED.matcher(text).matches()
        ? parse(() -> ConfigFactory.parseString("value = " + text)).getValue("value")
        : ConfigValueFactory.fromAnyRef(text);
  }

  private static ConfigParseOptions strict() {
    return ConfigParseOptions.defaults().setAllowMissing(false);
  }

  private static JsonNode json(Config config) {
    try {
      return new ObjectMapper().readTree(config.root().render(ConfigRenderOptions.concise()));
    } catch (IOException e) {
      throw new IllegalStateException("HOCON rendered as JSON is JSON", e);
    }
  }

  private static <T> T parse(Supplier<T> parser) {
    try {
      return parser.get();
    } catch (ConfigException e) {
      throw new SettingException("the run file cannot be read: " + e.getMessage());
    }
  }
}
