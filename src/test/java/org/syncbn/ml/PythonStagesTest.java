package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Python classes have the params of the Java classes, with their texts and defaults. */
class PythonStagesTest {

  private static final Path PYTHON = Path.of("src/main/python/syncbn");

  private static final Pattern CLASS =
      Pattern.compile("^class (\\w+)\\((.*?)\\):\\n(.*?)(?=^class |\\z)", flags());
  private static final Pattern PARAM =
      Pattern.compile(
          "^    (\\w+): \"Param\\[[^\"]*\\]\" ="
              + " Param\\(\\s*Params\\._dummy\\(\\),\\s*\"(\\w+)\",\\s*"
              + "((?:\"[^\"]*\"\\s*)+),\\s*typeConverter=TypeConverters\\.(\\w+),\\s*\\)",
          flags());
  private static final Pattern DEFAULTS =
      Pattern.compile("self\\._setDefault\\(([^()]*(?:\\(\\)[^()]*)*)\\)", flags());
  private static final Pattern DEFAULT = Pattern.compile("(\\w+)=([^,]+)");

  /** How PySpark converts values to the class of a param. */
  private static final Map<Class<?>, String> CONVERTERS =
      Map.of(
          String.class, "toString",
          double.class, "toFloat",
          boolean.class, "toBoolean",
          int.class, "toInt",
          long.class, "toInt",
          String[].class, "toListString",
          double[].class, "toListFloat");

  private static int flags() {
    return Pattern.MULTILINE | Pattern.DOTALL;
  }

  /** A stage of Java, and the Python classes of one file that make its counterpart. */
  record Stage(Params java, String file, String... classes) {

    String text() {
      String all;
      try {
        all = Files.readString(PYTHON.resolve(file));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Map<String, String> bodies =
          CLASS
              .matcher(all)
              .results()
              .collect(Collectors.toMap(found -> found.group(1), found -> found.group(3)));
      assertThat(bodies).containsKeys(classes);
      return Arrays.stream(classes).map(bodies::get).collect(Collectors.joining("\n"));
    }

    @Override
    public String toString() {
      return java.getClass().getSimpleName();
    }
  }

  static Stream<Stage> stages() {
    String file = "batch_normalizer.py";
    String networks = "neural_network.py";
    return Stream.of(
        new Stage(
            new NeuralNetworkClassifier("uid"),
            networks,
            "NetworkParams",
            "ClassifierParams",
            "NeuralNetworkClassifier"),
        new Stage(
            new NeuralNetworkClassificationModel("uid"),
            networks,
            "NetworkParams",
            "ClassifierParams",
            "NeuralNetworkClassificationModel"),
        new Stage(
            new NeuralNetworkRegressor("uid"), networks, "NetworkParams", "NeuralNetworkRegressor"),
        new Stage(
            new NeuralNetworkRegressionModel("uid"),
            networks,
            "NetworkParams",
            "NeuralNetworkRegressionModel"),
        new Stage(new BatchNormalizer("uid"), file, "NormalizerParams", "BatchNormalizer"),
        new Stage(
            new BatchNormalizerModel("uid"), file, "NormalizerParams", "BatchNormalizerModel"));
  }

  @ParameterizedTest
  @MethodSource("stages")
  void paramsHaveTheSameNamesTextsAndTypes(Stage stage) {
    Map<String, String> python = new TreeMap<>();
    for (MatchResult found : results(PARAM, stage.text())) {
      assertThat(found.group(2)).isEqualTo(found.group(1));
      String text = found.group(3).strip().replaceAll("\"\\s*\"", "").replace("\"", "");
      python.put(found.group(1), text + " -> " + found.group(4));
    }
    Map<String, String> java = byName(stage, param -> param.doc() + " -> " + converter(param));
    assertThat(python).isEqualTo(java);
  }

  @ParameterizedTest
  @MethodSource("stages")
  void paramsHaveTheSameDefaults(Stage stage) {
    Map<String, String> python = new TreeMap<>();
    for (MatchResult found : results(DEFAULTS, stage.text())) {
      for (MatchResult one : results(DEFAULT, found.group(1))) {
        python.put(one.group(1), one.group(2).strip());
      }
    }
    Map<String, String> java =
        byName(stage, param -> stage.java().hasDefault(param) ? python(stage, param) : "none");
    java.values().removeIf("none"::equals);
    assertThat(python).isEqualTo(java);
  }

  /** Params of Spark's own classes leave their class out, and are texts. */
  private static String converter(Param<?> param) {
    return param.dataClass() == null ? "toString" : CONVERTERS.get(param.dataClass());
  }

  private static String python(Stage stage, Param<?> param) {
    Object value = stage.java().getDefault(param).get();
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    if (value instanceof String text) {
      return text.startsWith("uid") ? text.replace("uid", "self.uid + \"") + '"' : '"' + text + '"';
    }
    return value.equals(1e-5) ? "1e-5" : value.toString();
  }

  @ParameterizedTest
  @MethodSource("stages")
  void settersAndGettersAreThoseOfJava(Stage stage) {
    String text = stage.text();
    for (String kind : List.of("set", "get")) {
      assertThat(names("^    def (" + kind + "[A-Z]\\w*)\\(self", text))
          .as(kind)
          .containsAll(
              Arrays.stream(stage.java().getClass().getMethods())
                  .filter(method -> byName(stage, Param::name).containsKey(param(method, kind)))
                  .map(Method::getName)
                  .toList());
    }
  }

  private static String param(Method method, String kind) {
    String name = method.getName();
    return name.startsWith(kind) && name.length() > kind.length()
        ? Character.toLowerCase(name.charAt(kind.length())) + name.substring(kind.length() + 1)
        : "";
  }

  @ParameterizedTest
  @MethodSource("stages")
  void estimatorsTakeEachParamByItsName(Stage stage) {
    Pattern constructor = Pattern.compile("@keyword_only\\s+def __init__\\((.*?)\\)", flags());
    List<MatchResult> found = results(constructor, stage.text());
    assertThat(found).hasSize(stage.java() instanceof Estimator ? 1 : 0);
    for (MatchResult one : found) {
      assertThat(names("^        (\\w+): ", one.group(1)))
          .isEqualTo(byName(stage, Param::name).keySet());
    }
  }

  private static Map<String, String> byName(Stage stage, Function<Param<?>, String> value) {
    return Arrays.stream(stage.java().params())
        .collect(Collectors.toMap(Param::name, value, (one, other) -> one, TreeMap::new));
  }

  private static TreeSet<String> names(String pattern, String text) {
    return results(Pattern.compile(pattern, flags()), text).stream()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<MatchResult> results(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }
}
