package org.syncbn;

import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      List.of("spark", "cluster", "api", "sql", "ml", "cli", "bench", "jobs", "launch");

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
    table.put("jobs", with(library, "cli", "bench"));
    table.put("launch", List.of("jobs"));
    return table;
  }

  private static List<String> with(List<String> packages, String... more) {
    return Stream.concat(packages.stream(), Stream.of(more)).toList();
  }

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

  private static String pattern(String name) {
    return "org.syncbn." + name + "..";
  }
}
