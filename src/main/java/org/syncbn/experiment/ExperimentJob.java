package org.syncbn.experiment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.syncbn.cli.Failures;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.ReportOptions;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.ThreadOptions;
import org.syncbn.cli.Versions;
import org.syncbn.data.Dataset;
import org.syncbn.data.GeneratedImages;
import org.syncbn.data.ImageFolder;
import org.syncbn.nn.NearestWord;
import org.syncbn.report.Page;
import org.syncbn.report.TextTable;
import org.syncbn.tensor.Gemm;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code experiment}: claims about batch normalization, tried on this system. */
@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortOptions = false,
    customSynopsis = "jobs/experiment NAME... | all | list [OPTION]...",
    description = {
      "",
      "Tries what the literature claims of batch normalization, with synchronized batch norm on the"
          + " trainer of this system, and says whether it holds here.",
      "",
      "The numbers depend on the data, the seeds and the kernels of matrix products, not on the"
          + " machine or the number of threads.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  jobs/experiment list",
      "  jobs/experiment partitions",
      "  jobs/experiment all --report all.html",
      "  jobs/experiment convergence --data /data/fashion-mnist --seeds 5"
    })
public final class ExperimentJob implements Callable<Integer> {

  private static final String ALL = "all";
  private static final String LIST = "list";
  private static final String MARKDOWN = ".md";
  private static final int SEEDS = 3;
  private static final long DATA_SEED = 1;

  @Spec CommandSpec spec;
  @Mixin ThreadOptions local;
  @Mixin ReportOptions reporting;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME",
      description = "Which experiments; all of them; or list, to see what there is.")
  List<String> names;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "A folder with four IDX files of ten classes, such as Fashion-MNIST. Default: images that"
              + " are drawn.")
  Path data;

  @Option(
      names = "--seeds",
      paramLabel = "COUNT",
      description = "How many seeds each variant is trained with. Default: 3, or 1 with --quick.")
  Integer seeds;

  @Option(
      names = "--quick",
      description = "Short runs on few images: shows the direction, not the figures.")
  boolean quick;

  /** Runs the experiments. */
  @Override
  public Integer call() {
    if (names.contains(LIST)) {
      Terminal.of(spec.commandLine()).print(list());
      return 0;
    }
    if (seeds != null && seeds < 1) {
      throw new ParameterException(spec.commandLine(), "--seeds must be at least 1, was " + seeds);
    }
    List<Experiment> wanted = wanted();
    return Failures.attempt(() -> run(wanted));
  }

  private static String list() {
    TextTable table = new TextTable("experiment", "claim");
    for (Experiment experiment : Experiments.ALL) {
      table.row(experiment.name(), RunSheet.of(experiment, false).claim());
    }
    return table.toString();
  }

  private List<Experiment> wanted() {
    if (names.contains(ALL)) {
      return Experiments.ALL;
    }
    List<String> known = Experiments.ALL.stream().map(Experiment::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no experiment '%s'%s".formatted(name, NearestWord.didYouMean(name, known)));
      }
    }
    return Experiments.ALL.stream().filter(e -> names.contains(e.name())).toList();
  }

  private int run(List<Experiment> wanted) throws IOException {
    Terminal terminal = Terminal.of(spec.commandLine());
    String place = reporting.location().orElse("experiments/" + String.join("-", names) + ".html");
    try (OutputCommit outputs = new OutputCommit(new OutputPlaces(new Configuration()))) {
      OutputCommit.TextFile report = outputs.textFile(place);
      Lab lab = new Lab(images(), seedCount(), quick, local.threads(), terminal::say);
      List<Outcome> outcomes = new ArrayList<>();
      for (Experiment experiment : wanted) {
        RunSheet sheet = lab.sheet(experiment);
        Outcome outcome =
            new Outcome(
                experiment.name(),
                sheet.claim(),
                sheet.source(),
                sheet.note(),
                experiment.run(lab));
        terminal.print(outcome.text() + "\n");
        outcomes.add(outcome);
      }
      ExperimentReport content = new ExperimentReport(setting(lab), outcomes);
      if (outcomes.size() > 1) {
        terminal.print(content.summaryText());
      }
      write(content, place, report, outputs);
      outputs.commit();
      terminal.say("The report is " + place + ".");
    }
    return 0;
  }

  private int seedCount() {
    return Optional.ofNullable(seeds).orElse(quick ? 1 : SEEDS);
  }

  private LabRows images() throws IOException {
    int rows = quick ? 2_000 : 12_000;
    int held = quick ? 500 : 2_000;
    Dataset training =
        data == null
            ? GeneratedImages.draw(DATA_SEED, 0, rows)
            : ImageFolder.read(data, ImageFolder.Split.TRAIN);
    Dataset test =
        data == null
            ? GeneratedImages.draw(DATA_SEED, rows, held)
            : ImageFolder.read(data, ImageFolder.Split.TEST);
    return new LabRows(
        training.schema(),
        LabRows.first(training.rows(), rows),
        LabRows.first(test.rows(), held),
        LabRows.Dealing.HASHED);
  }

  private void write(
      ExperimentReport content, String place, OutputCommit.TextFile report, OutputCommit outputs) {
    if (Page.isFor(place)) {
      report.write(content.page().html());
    } else if (place.toLowerCase(Locale.ROOT).endsWith(MARKDOWN)) {
      String folder = place.substring(0, place.length() - MARKDOWN.length());
      content.pictures().forEach((name, svg) -> outputs.textFile(folder + "/" + name).write(svg));
      report.write(content.markdown(folder.substring(folder.lastIndexOf('/') + 1)));
    } else {
      report.write(
          content
              .json()
              .with("seeds", seedCount())
              .with("quick", quick)
              .with("matrixProduct", Gemm.description())
              .with("provenance", Versions.all())
              .json());
    }
  }

  /** What the numbers depend on, in a few sentences. */
  private String setting(Lab lab) {
    return "Made by jobs/experiment %s%s: %s training and %s test images%s, %d %s, batch statistics synchronized over 8 shards unless said otherwise. Matrix products: %s."
        .formatted(
            String.join(" ", names),
            quick ? " --quick" : "",
            TextTable.count(lab.images().training().rows()),
            TextTable.count(lab.images().test().rows()),
            data == null ? " that are drawn" : " of " + data.getFileName(),
            lab.seeds(),
            lab.seeds() == 1 ? "seed" : "seeds",
            Gemm.description());
  }
}
