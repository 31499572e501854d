package org.syncbn.spark.files;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Files that are all of one format.
 *
 * @param format of all
 * @param files without those that are empty texts
 */
public record FilesOfFormat(DataFormat format, InputFiles files) {

  /** So many files are looked into although their names tell the format. */
  private static final int MOST_LOOKED_INTO = 100;

  /** Larger files that one task has to read alone are worth a note. */
  private static final long LARGE = 128L << 20;

  /**
   * Finds the format of files: the one that was named, else that of their names, else that of their
   * content.
   *
   * @throws DataException if files differ, or are what nothing here can read
   */
  public static FilesOfFormat of(
      Configuration settings, InputFiles input, Optional<DataFormat> named) {
    Configuration configuration = input.configuration(settings);
    List<DataFile> filled = input.files().stream().filter(f -> f.status().getLen() > 0).toList();
    List<DataFile> files = filled.isEmpty() ? input.files() : filled;
    DataFormat format = null;
    DataFile first = null;
    DataFile guessed = null;
    int lookedInto = 0;
    for (DataFile file : files) {
      Optional<DataFormat> told = named.or(() -> DataFormat.ofFileName(file.path().getName()));
      DataFormat its;
      if (told.isPresent()) {
        its = told.get();
        if (lookedInto++ < MOST_LOOKED_INTO) {
          requireContent(configuration, file, its);
        }
      } else {
        its = content(configuration, file).probable(file);
        guessed = guessed == null ? file : guessed;
      }
      if (format != null && format != its) {
        throw new DataException(
            "Files of several formats cannot be read as one data set: %s is %s, but %s is %s; name those of one format."
                .formatted(first, format.sparkName(), file, its.sparkName()));
      }
      first = first == null ? file : first;
      format = its;
    }
    InputFiles result =
        guessed == null
            ? input
            : input.withNote(
                Optional.of(
                    "%s is read as %s, which its content looks like; --format overrides it."
                        .formatted(guessed, format.sparkName())));
    if (isText(format)) {
      result = withoutEmpty(result, files).withNote(unsplittable(files));
    }
    return new FilesOfFormat(format, result);
  }

  private static FileContent content(Configuration configuration, DataFile file) {
    try {
      return FileContent.of(configuration, file.path());
    } catch (IOException e) {
      throw new DataException(
          DataFormat.compression(file.path().getName()).isPresent()
              ? "%s is truncated, damaged, or not compressed as its name says (%s)."
                  .formatted(file, e.getMessage())
              : "Cannot read %s: %s.".formatted(file, e.getMessage()));
    }
  }

  private static void requireContent(
      Configuration configuration, DataFile file, DataFormat format) {
    Optional<DataFormat> certain = content(configuration, file).certain(file);
    if (certain.isPresent() && certain.get() != format) {
      throw new DataException(
          "%s is a file of %s, not %s; rename it, or name its format."
              .formatted(file, certain.get().sparkName(), format.sparkName()));
    }
    if (!isText(format) && DataFormat.compression(file.path().getName()).isPresent()) {
      throw new DataException(
          "%s is compressed as a whole, and %s compresses inside; unpack it."
              .formatted(file, format.sparkName()));
    }
  }

  private static boolean isText(DataFormat format) {
    return format == DataFormat.CSV || format == DataFormat.JSON || format == DataFormat.LIBSVM;
  }

  private static InputFiles withoutEmpty(InputFiles input, List<DataFile> filled) {
    List<DataFile> empty = new ArrayList<>(input.files());
    empty.removeAll(filled);
    return empty.isEmpty()
        ? input
        : input
            .with(filled)
            .withNote(
                Optional.of(
                    "%s is empty%s."
                        .formatted(
                            empty.get(0),
                            empty.size() > 1
                                ? ", like %d other files".formatted(empty.size() - 1)
                                : "")));
  }

  private static Optional<String> unsplittable(List<DataFile> files) {
    return files.stream()
        .filter(file -> file.status().getLen() > LARGE)
        .filter(
            file ->
                DataFormat.compression(file.path().getName())
                    .filter(name -> !name.equals("bz2"))
                    .isPresent())
        .findFirst()
        .map(
            file ->
                "%s cannot be split, so one task reads it alone; several smaller files, or bz2, are read in parallel."
                    .formatted(file));
  }
}
