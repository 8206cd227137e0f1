package io.payonce.routing.web3j;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.web3j.protocol.Service;

/**
 * One class file for two lines of web3j. The tests of this package run on the line that the build
 * names in {@code payonce.web3j}: on every JDK on 4.13.0, on JDK 25 once more on 6.0.0.
 */
final class PooledWeb3jVersionTest {
  private static final int JDK_OF_BOTH = 25;

  @Test
  void this_run_is_on_the_web3j_that_the_build_names(TestReporter reporter) throws Exception {
    String named = System.getProperty("payonce.web3j");
    assertThat(named).as("the build names a version of web3j").isNotNull();
    URI jar = Service.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    assertThat(Path.of(jar).getFileName()).hasToString("core-" + named + ".jar");
    String mapper = Service.class.getDeclaredField("objectMapper").getType().getName();
    assertThat(mapper)
        .isEqualTo(
            (named.startsWith("4.") ? "com.fasterxml" : "tools")
                + ".jackson.databind.ObjectMapper");
    reporter.publishEntry(
        "web3j",
        Runtime.version().feature() < JDK_OF_BOTH
            ? named + " only: later lines need a later JDK, and run under JDK " + JDK_OF_BOTH
            : named);
  }

  @Test
  void no_class_of_the_adapter_names_a_mapper_of_web3j() throws Exception {
    Path folder =
        Path.of(PooledWeb3jService.class.getResource("PooledWeb3jService.class").toURI())
            .getParent();
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
      assertThat(classes).hasSizeGreaterThan(10);
      for (Path file : classes) {
        // Names of classes stand in the constant pool as they are.
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(bytes.contains("jackson/databind")).as("%s", file.getFileName()).isFalse();
        assertThat(bytes.contains("tools/jackson")).as("%s", file.getFileName()).isFalse();
      }
    }
  }
}
