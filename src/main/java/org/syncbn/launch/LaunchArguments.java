package org.syncbn.launch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.launcher.SparkSubmitArgumentsParser;

/**
 * The arguments of a job, with the options of {@code spark-submit} taken out, both {@code --key
 * value} and {@code --key=value}. Which options those are, Spark's own table says.
 *
 * <p>The job gets {@code --master} and {@code --conf} as well, for it may have a session without
 * {@code spark-submit}.
 */
final class LaunchArguments extends SparkSubmitArgumentsParser {

  /** What the launcher itself says, or what is not for an application in a jar. */
  private static final Set<String> REJECTED =
      Set.of(
          "--class", "--driver-default-class-path", "--kill", "--py-files", "--remote", "--status");

  /** What a job has options of its own for. */
  private static final Set<String> OF_THE_JOB = Set.of("--help", "--version", "--usage-error");

  private static final Set<String> OF_BOTH = Set.of("--master", "--conf");

  private final List<String> job = new ArrayList<>();
  private final Map<String, String> options = new LinkedHashMap<>();
  private final List<String> switches = new ArrayList<>();
  private final Map<String, String> settings = new LinkedHashMap<>();

  private List<String> rest; // what is not read yet

  private LaunchArguments(List<String> arguments) {
    rest = arguments;
  }

  static LaunchArguments of(List<String> arguments) {
    LaunchArguments found = new LaunchArguments(arguments);
    while (!found.rest.isEmpty()) {
      found.readOne();
    }
    return found;
  }

  /** Spark's parser takes one option, as its handlers stop it, and says what is left. */
  private void readOne() {
    try {
      parse(rest);
    } catch (IllegalArgumentException missing) { // in a sentence of Spark's style
      throw LaunchException.wrongArguments("the option %s needs a value".formatted(rest.get(0)));
    }
  }

  /** What the job gets, in its order. */
  List<String> job() {
    return job;
  }

  /** The value of an option, if it was given; of several the last. */
  Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  boolean has(String option) {
    return options.containsKey(option) || switches.contains(option);
  }

  /** What {@code --conf} says. */
  Map<String, String> settings() {
    return settings;
  }

  /** What {@code spark-submit} gets: all but the master and the files of settings. */
  List<String> passedOn() {
    List<String> words = new ArrayList<>(switches);
    options.forEach(
        (name, value) -> {
          if (!name.equals("--master") && !name.equals("--properties-file")) {
            words.addAll(List.of(name, value));
          }
        });
    settings.forEach((key, value) -> words.addAll(List.of("--conf", key + "=" + value)));
    return words;
  }

  @Override
  protected boolean handle(String option, String value) {
    if (REJECTED.contains(option)) {
      throw LaunchException.wrongArguments(
          "%s is an option of spark-submit that cannot be given to a job".formatted(option));
    }
    if (OF_THE_JOB.contains(option)) {
      return handleUnknown(option);
    }
    if (OF_BOTH.contains(option)) {
      job.addAll(List.of(option, value));
    }
    if (option.equals("--conf")) {
      String[] setting = value.split("=", 2);
      if (setting.length == 2 && setting[0].startsWith("spark.")) {
        settings.put(setting[0], setting[1]); // else the job says what is wrong
      }
    } else if (value == null) {
      switches.add(option);
    } else {
      options.put(option, value);
    }
    return false;
  }

  /** The parser has cut off the value of {@code --key=value}. */
  @Override
  protected boolean handleUnknown(String word) {
    job.add(rest.get(0));
    return false;
  }

  @Override
  protected void handleExtraArgs(List<String> left) {
    rest = left;
  }
}
