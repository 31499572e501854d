package org.syncbn.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.syncbn.jobs.ClusterDriver;

/**
 * Makes the arguments of {@code spark-submit} from those of a job.
 *
 * <p>The master is the first of {@code --master}, {@code --conf spark.master}, the user's {@code
 * --properties-file}, {@code spark-defaults.conf} of {@code SPARK_HOME}, the variable {@code
 * MASTER}, {@code conf/spark-defaults.conf}, all cores of this machine. It is always named to
 * {@code spark-submit}, so that both go by the same one.
 */
public final class Launch {

  /** What Spark's own scheduler and managers accept. */
  private static final Pattern MASTER =
      Pattern.compile(
          "local(\\[([0-9]+|\\*)(\\s*,\\s*[0-9]+)?])?"
              + "|local-cluster\\[\\s*[0-9]+\\s*,\\s*[0-9]+\\s*,\\s*[0-9]+\\s*]"
              + "|spark://.+|yarn|k8s://.+");

  private static final String APPLICATION = "org.syncbn.jobs.SyncBatchNorm";

  /** Spark's own default has no second try for a task. */
  private static final String ALL_CORES = "local[*,4]";

  /** For the sample of normalize, which has two tasks. */
  private static final String TWO_CORES = "local[2,4]";

  /** What threads of the driver have no use for. */
  private static final Set<String> OF_EXECUTORS =
      Set.of(
          "--executor-memory",
          "--executor-cores",
          "--num-executors",
          "--total-executor-cores",
          "--queue");

  private final Path conf;
  private final String jar;
  private final LaunchArguments arguments;
  private final Map<String, String> environment;
  private final Optional<SparkInstallation> installation;
  private final Optional<Path> propertiesFile;

  private Launch(Path conf, String jar, List<String> words, Map<String, String> environment) {
    this.conf = conf;
    this.jar = jar;
    this.arguments = LaunchArguments.of(words);
    this.environment = environment;
    this.installation =
        variable("SPARK_HOME").map(home -> new SparkInstallation(Path.of(home).toAbsolutePath()));
    this.propertiesFile = arguments.option("--properties-file").map(Path::of);
  }

  /**
   * Prints {@code local} or {@code cluster}, the kind of master, and the arguments of {@code
   * spark-submit}, each with a zero byte behind it.
   *
   * @param arguments the folder of settings, the jar, the job and its arguments
   */
  public static void main(String[] arguments) {
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    try {
      List<String> words = Arrays.asList(arguments);
      StringBuilder text = new StringBuilder();
      words(
              Path.of(words.get(0)),
              words.get(1),
              words.subList(2, words.size()),
              System.getenv(),
              err)
          .forEach(word -> text.append(word).append('\0'));
      PrintStream out = new PrintStream(System.out, false, encoding());
      out.print(text);
      out.flush();
    } catch (LaunchException e) {
      err.println("error: " + e.getMessage());
      System.exit(e.exitCode());
    }
  }

  /**
   * The kind of master, and the arguments of {@code spark-submit}.
   *
   * @param err is told what is passed on without an effect
   */
  static List<String> words(
      Path conf,
      String jar,
      List<String> arguments,
      Map<String, String> environment,
      PrintStream err) {
    return new Launch(conf, jar, arguments, environment).words(err);
  }

  private List<String> words(PrintStream err) {
    installation.ifPresent(spark -> spark.requireSeriesOf(SparkInstallation.versionOfBuild()));
    variable("HADOOP_CONF_DIR").map(Path::of).ifPresent(Launch::requireReadable);
    propertiesFile
        .filter(file -> !Files.isReadable(file))
        .ifPresent(
            file -> {
              throw LaunchException.failure(
                  "There is no readable file of settings %s (--properties-file).".formatted(file));
            });
    Settings settings = settings();
    String master = settings.master;
    if (!MASTER.matcher(master).matches()) {
      throw LaunchException.wrongArguments(
          "a Spark master is local, local[n], local-cluster[n,c,m], spark://host:port, yarn or k8s://url, not '%s'"
              .formatted(master));
    }
    boolean isLocal = master.startsWith("local");
    checkDeployMode(settings.deployMode, master, isLocal);
    if (isLocal && !master.startsWith("local-cluster")) {
      OF_EXECUTORS.stream()
          .filter(arguments::has)
          .sorted()
          .forEach(
              option ->
                  err.println(
                      "note: %s has no effect with the master %s, which has no executors of its own."
                          .formatted(option, master)));
    }
    if (!isLocal) {
      requireHostName();
    }
    List<String> words = new ArrayList<>(List.of(isLocal ? "local" : "cluster"));
    words.addAll(files(conf.resolve(isLocal ? "spark-defaults.conf" : "spark-cluster.conf")));
    words.addAll(List.of("--master", master));
    words.addAll(arguments.passedOn());
    ivyFolder(settings).ifPresent(setting -> words.addAll(List.of("--conf", setting)));
    words.addAll(List.of("--class", APPLICATION, jar));
    words.addAll(arguments.job());
    return words;
  }

  /** Spark would end with a stack trace before the job starts. */
  private static void requireReadable(Path hadoop) {
    for (String name : List.of("core-site.xml", "hdfs-site.xml", "yarn-site.xml")) {
      Path file = hadoop.resolve(name);
      if (!Files.exists(file)) {
        continue;
      }
      try (InputStream in = Files.newInputStream(file)) {
        XMLInputFactory reader = XMLInputFactory.newFactory();
        reader.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XMLStreamReader xml = reader.createXMLStreamReader(in);
        while (xml.hasNext()) {
          xml.next();
        }
      } catch (IOException | XMLStreamException e) {
        throw LaunchException.failure(
            "The settings of Hadoop in %s cannot be read (%s); repair the file, or set HADOOP_CONF_DIR to another folder or to none."
                .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
      }
    }
  }

  /** What decides where the driver and the tasks run, and with what. */
  private record Settings(String master, String deployMode, Map<String, String> all) {}

  private Settings settings() {
    Map<String, String> all = new HashMap<>();
    if (loadsDefaults()) {
      installation.ifPresent(
          spark ->
              all.putAll(
                  SparkInstallation.settings(
                      variable("SPARK_CONF_DIR")
                          .map(Path::of)
                          .orElse(spark.home().resolve("conf"))
                          .resolve("spark-defaults.conf"))));
    }
    propertiesFile.ifPresent(file -> all.putAll(SparkInstallation.settings(file)));
    all.putAll(arguments.settings());
    return new Settings(
        Stream.of(
                arguments.option("--master"),
                setting(all, "spark.master"),
                variable("MASTER"),
                setting(
                    SparkInstallation.settings(conf.resolve("spark-defaults.conf")),
                    "spark.master"))
            .flatMap(Optional::stream)
            .findFirst()
            .orElse(arguments.job().equals(List.of("normalize")) ? TWO_CORES : ALL_CORES),
        Stream.of(
                arguments.option("--deploy-mode"),
                setting(all, "spark.submit.deployMode"),
                variable("DEPLOY_MODE"))
            .flatMap(Optional::stream)
            .findFirst()
            .orElse("client"),
        all);
  }

  /** As Spark has it, a file of settings that the user names stands for the defaults. */
  private boolean loadsDefaults() {
    return propertiesFile.isEmpty() || arguments.has("--load-spark-defaults");
  }

  /**
   * The files of settings. {@code spark-submit} takes one besides the defaults of the installation,
   * so where the user names one, ours becomes single settings.
   */
  private List<String> files(Path ours) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--properties-file", propertiesFile.orElse(ours).toString()));
    if (propertiesFile.isEmpty()) {
      if (installation.isPresent() && !arguments.has("--load-spark-defaults")) {
        words.add("--load-spark-defaults"); // what the cluster's own file sets and ours does not
      }
      return words;
    }
    Map<String, String> known = SparkInstallation.settings(propertiesFile.get());
    SparkInstallation.settings(ours).entrySet().stream()
        .filter(setting -> !known.containsKey(setting.getKey()))
        .filter(setting -> !arguments.settings().containsKey(setting.getKey()))
        .sorted(Map.Entry.comparingByKey())
        .forEach(setting -> words.addAll(List.of("--conf", setting.toString())));
    return words;
  }

  private void checkDeployMode(String deployMode, String master, boolean isLocal) {
    if (deployMode.equals("client")) {
      return;
    }
    if (!deployMode.equals("cluster")) {
      throw LaunchException.wrongArguments(
          "--deploy-mode is client or cluster, not '%s'".formatted(deployMode));
    }
    if (isLocal) {
      throw LaunchException.wrongArguments(
          "--deploy-mode cluster needs a cluster, and the master is %s".formatted(master));
    }
    ClusterDriver.rejection(arguments.job().toArray(String[]::new))
        .ifPresent(
            sentence -> {
              throw LaunchException.wrongArguments(sentence);
            });
  }

  /** Spark would end with a stack trace before the job starts. */
  private void requireHostName() {
    if (variable("SPARK_LOCAL_IP").isPresent() || variable("SPARK_LOCAL_HOSTNAME").isPresent()) {
      return;
    }
    try {
      InetAddress.getLocalHost();
    } catch (UnknownHostException e) {
      throw LaunchException.failure(
          "The name of this machine has no address (%s); set SPARK_LOCAL_IP to the address at which executors reach it, or add the name to /etc/hosts."
              .formatted(e.getMessage()));
    }
  }

  /** A place for what {@code --packages} downloads, where there is no home folder to hold it. */
  private Optional<String> ivyFolder(Settings settings) {
    boolean downloads =
        arguments.has("--packages") || settings.all.containsKey("spark.jars.packages");
    Path home = Path.of(System.getProperty("user.home"));
    if (!downloads || settings.all.containsKey("spark.jars.ivy") || Files.isWritable(home)) {
      return Optional.empty();
    }
    return Optional.of(
        "spark.jars.ivy="
            + Path.of(
                System.getProperty("java.io.tmpdir"), "ivy-" + System.getProperty("user.name")));
  }

  private static Optional<String> setting(Map<String, String> settings, String key) {
    return Optional.ofNullable(settings.get(key)).filter(value -> !value.isEmpty());
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  /** In which Java has read the arguments. */
  private static Charset encoding() {
    return Charset.forName(System.getProperty("sun.jnu.encoding"));
  }
}
