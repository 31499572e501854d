package org.syncbn.spark.files;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkThrowable;

/**
 * A failure with all its causes, told apart by their types and by Spark's error conditions.
 *
 * @param links the failure itself first, the deepest cause last
 */
public record FailureChain(List<Throwable> links) {

  /** The chain of a failure. */
  public static FailureChain of(Throwable failure) {
    return new FailureChain(ExceptionUtils.getThrowableList(failure));
  }

  /** The first link of a type. */
  public <T> Optional<T> first(Class<T> type) {
    return links.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /**
   * Whether a link has one of Spark's error conditions.
   *
   * @param conditions such as {@code CANNOT_MERGE_SCHEMAS}, which stands for those below it too
   */
  public boolean hasCondition(String... conditions) {
    return conditions().anyMatch(condition -> isBelow(condition.getCondition(), conditions));
  }

  /** What Spark says of a condition's parameter, such as {@code path}. */
  Optional<String> parameter(String name, String... conditions) {
    return conditions()
        .filter(condition -> isBelow(condition.getCondition(), conditions))
        .map(SparkThrowable::getMessageParameters)
        .filter(Objects::nonNull)
        .flatMap(parameters -> Stream.ofNullable(parameters.get(name)))
        .findFirst();
  }

  private Stream<SparkThrowable> conditions() {
    return links.stream()
        .filter(SparkThrowable.class::isInstance)
        .map(SparkThrowable.class::cast)
        .filter(link -> link.getCondition() != null);
  }

  private static boolean isBelow(String condition, String... wanted) {
    return Arrays.stream(wanted)
        .anyMatch(above -> condition.equals(above) || condition.startsWith(above + "."));
  }

  /** The deepest cause. */
  Throwable root() {
    return links.get(links.size() - 1);
  }
}
