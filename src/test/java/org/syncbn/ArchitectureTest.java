package org.syncbn;

import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of packages: what each may import of ours, and which of them know Spark. */
class ArchitectureTest {

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("org.syncbn");

  /** Package -> the packages of ours that it may name, always from lines above its own. */
  private static final Map<String, List<String>> TABLE = table();

  private static final List<String> KNOW_SPARK =
      List.of(
          "spark", "cluster", "api", "sql", "ml", "cli", "bench", "experiment", "jobs", "launch");

  private static Map<String, List<String>> table() {
    Map<String, List<String>> table = new LinkedHashMap<>();
    table.put("sums", List.of());
    table.put("tensor", List.of());
    table.put("norm", List.of("sums", "tensor"));
    table.put("nn", List.of("norm", "tensor"));
    table.put("optim", List.of("tensor"));
    table.put("model", List.of("nn", "optim", "norm", "sums", "tensor"));
    table.put("data", List.of("tensor"));
    table.put("train", List.of("nn", "optim", "model", "data", "norm", "tensor"));
    table.put("spark", List.of("sums", "tensor", "norm", "nn", "optim", "model", "data", "train"));
    table.put("cluster", List.of());
    table.put("report", List.of("sums"));
    table.put(
        "api",
        List.of(
            "sums", "tensor", "norm", "nn", "optim", "model", "data", "train", "spark", "report"));
    table.put("sql", List.of("sums", "model", "spark"));
    table.put(
        "ml",
        List.of("sums", "tensor", "norm", "nn", "optim", "model", "data", "train", "spark", "api"));
    List<String> library =
        List.of(
            "sums", "tensor", "norm", "nn", "optim", "model", "data", "train", "spark", "cluster",
            "report", "api", "sql", "ml");
    table.put("cli", library);
    table.put("bench", with(library, "cli"));
    table.put("experiment", with(library, "cli"));
    table.put("jobs", with(library, "cli", "bench", "experiment"));
    table.put("launch", List.of("jobs"));
    return table;
  }

  private static List<String> with(List<String> packages, String... more) {
    return Stream.concat(packages.stream(), Stream.of(more)).toList();
  }

  /** Spark's packages that are not public API. */
  private static final String[] INSIDE_OF_SPARK = {
    "org.apache.spark.sql.catalyst..",
    "org.apache.spark.sql.classic..",
    "org.apache.spark.sql.execution..",
    "org.apache.spark.sql.internal..",
    "org.apache.spark.internal..",
    "org.apache.spark.network..",
    "org.apache.spark.deploy..",
    "org.apache.spark.rpc..",
    "org.apache.spark.util"
  };

  /** Types of these packages that appear in public interfaces, or are marked as for developers. */
  private static final Set<String> PUBLIC_AFTER_ALL =
      Set.of(
          "org.apache.spark.sql.catalyst.InternalRow", // rows of connectors and their functions
          "org.apache.spark.sql.catalyst.util.ArrayData",
          "org.apache.spark.sql.catalyst.util.MapData",
          "org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException", // of catalogs
          "org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException",
          "org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException",
          "org.apache.spark.util.SerializableConfiguration",
          "org.apache.spark.util.SizeEstimator",
          "org.apache.spark.util.TaskCompletionListener");

  private static final DescribedPredicate<JavaClass> INSIDE =
      JavaClass.Predicates.resideInAnyPackage(INSIDE_OF_SPARK)
          .and(
              DescribedPredicate.describe(
                  "are not public",
                  type -> !PUBLIC_AFTER_ALL.contains(type.getName().replaceAll("\\$.*", ""))));

  /**
   * Our classes that reach inside Spark besides {@code spark.internals}, and how far: patterns of
   * names. Behind that door they would bring half of themselves along; the description of {@code
   * spark.internals} says what each of them needs.
   */
  private static final Map<String, List<String>> REACH_INSIDE =
      Map.of(
          // Rows, arrays and texts in Spark's own representation.
          "(spark|bench)\\..*",
          List.of("sql.catalyst.expressions..*", "sql.catalyst.util..*"),
          // Formats of files, which extend Spark's.
          "spark.((columnar|text|json|libsvm)\\..*|DataWriter|files.FileList|files.InputFiles)",
          List.of("sql.execution.datasources..*", "sql.internal.(SQLConf|SessionState)"),
          "spark.columnar.ParquetTypes",
          List.of("internal.config.ConfigEntry"), // the type of keys of SQLConf
          // The plan of a scan, taken apart.
          "spark.ColumnScan",
          List.of("sql.(catalyst.plans|classic|execution|internal)..*"),
          "spark.Columnar(Numbers|Sums)",
          List.of("sql.execution.vectorized.WritableColumnVector"),
          "spark.files.ClassicDataset",
          List.of(
              "sql.classic.(Dataset|SparkSession)",
              "sql.execution.QueryExecution",
              "sql.catalyst.plans..*"),
          // The network library: classes that are nothing else.
          "spark.sync.(Coordinator(Server|Client)|GangTransport|Inbox|PeerLinks|ReceivingHandler)",
          List.of("network..*"),
          // The master and workers of the test cluster, whose package imports nothing of ours.
          "cluster.Tether",
          List.of("deploy..*", "rpc..*"));

  static Stream<String> packages() {
    return TABLE.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageImportsOnlyWhatItsLineNames(String name) {
    String[] allowed =
        Stream.concat(Stream.of(name), TABLE.get(name).stream())
            .map(ArchitectureTest::pattern)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> oursElsewhere =
        JavaClass.Predicates.resideInAPackage("org.syncbn..")
            .and(DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(allowed)))
            .as("our packages other than " + Arrays.toString(allowed));
    classes()
        .that()
        .resideInAPackage(pattern(name))
        .should(not(dependOnClassesThat(oursElsewhere)))
        .allowEmptyShould(true)
        .check(OURS);
  }

  @Test
  void noPackageNeedsOneThatNeedsIt() {
    slices().matching("org.syncbn.(**)").should().beFreeOfCycles().check(OURS);
  }

  @Test
  void onlyPackagesFromSparkOnKnowSpark() {
    String[] sparkless =
        TABLE.keySet().stream()
            .filter(name -> !KNOW_SPARK.contains(name))
            .map(ArchitectureTest::pattern)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAnyPackage(sparkless)
        .should(
            not(
                dependOnClassesThat(
                    JavaClass.Predicates.resideInAnyPackage("org.apache.spark..", "scala.."))))
        .allowEmptyShould(true)
        .check(OURS);
  }

  @Test
  void everyPackageHasALineInTheTable() {
    assertThat(
            OURS.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith("org.syncbn."))
                .map(name -> name.split("\\.")[2])
                .distinct())
        .isSubsetOf(TABLE.keySet());
  }

  @Test
  void onlyTheListedClassesReachInsideSpark() {
    Set<String> others = new TreeSet<>();
    Set<String> unused = new TreeSet<>(REACH_INSIDE.keySet());
    for (JavaClass ours : OURS) {
      if (ours.getPackageName().equals("org.syncbn.spark.internals")) {
        continue;
      }
      for (Dependency dependency : ours.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (INSIDE.test(target)) {
          String from = ours.getName().substring("org.syncbn.".length()).replaceAll("\\$.*", "");
          String to = target.getName().substring("org.apache.spark.".length());
          List<String> listed =
              REACH_INSIDE.keySet().stream()
                  .filter(from::matches)
                  .filter(key -> REACH_INSIDE.get(key).stream().anyMatch(to::matches))
                  .toList();
          if (listed.isEmpty()) {
            others.add(from + " -> " + to);
          }
          listed.forEach(unused::remove);
        }
      }
    }
    assertThat(others).isEmpty();
    assertThat(unused).isEmpty();
  }

  @Test
  void noSignatureOfTheLibraryShowsATypeThatTheJarRelocates() {
    DescribedPredicate<JavaClass> relocated =
        JavaClass.Predicates.resideInAnyPackage(
            "com.typesafe.config..",
            "picocli..",
            "org.jline..",
            "me.tongfei..",
            "ch.randelshofer..");
    List<String> commands = List.of("cli", "jobs", "bench", "experiment", "launch");
    assertThat(OURS)
        .filteredOn(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .filteredOn(type -> !commands.contains(type.getPackageName().split("\\.")[2]))
        .flatExtracting(JavaClass::getCodeUnits)
        .filteredOn(
            unit ->
                unit.getModifiers().contains(JavaModifier.PUBLIC)
                    || unit.getModifiers().contains(JavaModifier.PROTECTED))
        .isNotEmpty()
        .noneMatch(
            unit ->
                Stream.concat(
                        Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
                    .anyMatch(relocated));
  }

  private static String pattern(String name) {
    return "org.syncbn." + name + "..";
  }
}
