package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExecutorRowMemoryTest {

  @Test
  void eachFolderIsTriedAndAnyIsTheFirst() {
    Set<Path> first = new HashSet<>();
    for (int i = 0; i < 200; i++) { // all begin with one folder once in 2^199 times
      List<Path> names = ExecutorRowMemory.names(new File[] {new File("a"), new File("b")});
      assertThat(names)
          .extracting(Path::getParent)
          .containsExactlyInAnyOrder(Path.of("a"), Path.of("b"));
      first.add(names.get(0).getParent());
    }
    assertThat(first).hasSize(2);
  }
}
