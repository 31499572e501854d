package org.syncbn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionsTest {

  @TempDir Path folder;

  @Test
  void aSparkOfAnotherMinorVersionIsToldInOneSentence() {
    assertThat(Versions.ofOtherSpark("4.2.0", "4.1.0"))
        .hasValue(
            "This jar was built for Spark 4.2 and runs on Spark 4.1.0, where it may fail;"
                + " use Spark 4.2, or build the jar for Spark 4.1.");
  }

  @Test
  void patchesAndBuildsOfOneMinorVersionAreTheSame() {
    assertThat(Versions.ofOtherSpark("4.2.0", "4.2.3")).isEmpty();
    assertThat(Versions.ofOtherSpark("4.2.0", "4.2.0-vendor7")).isEmpty();
    assertThat(Versions.ofOtherSpark("4.2.0", "4.20.0")).isPresent();
  }

  @Test
  void theManifestNamesTheSparkThatAJarWasBuiltFor() throws IOException {
    assertThat(Versions.builtForSpark(jar("Built-For-Spark", "4.1.0"))).hasValue("4.1.0");
    assertThat(Versions.builtForSpark(jar("Other", "4.1.0"))).isEmpty();
  }

  @Test
  void aFolderOfClassesWasBuiltForTheSparkBesideIt() throws IOException {
    assertThat(Versions.builtForSpark(folder.toUri().toURL())).isEmpty();
    assertThat(Versions.ofOtherSpark()).isEmpty();
  }

  private URL jar(String key, String value) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue(key, value);
    Path jar = folder.resolve(key + ".jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    return URI.create("jar:" + jar.toUri() + "!/").toURL();
  }
}
