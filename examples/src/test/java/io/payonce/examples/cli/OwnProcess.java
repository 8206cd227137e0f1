package io.payonce.examples.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The commands of the SDK in a process of their own, that a test may kill. */
final class OwnProcess {
  private OwnProcess() {}

  /**
   * What starts it. Such a process lives for seconds, which the second compiler of the JVM would
   * spend half of the processors' time on; and several fit beside each other.
   */
  static List<String> command(List<String> args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx192m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(args);
    return List.copyOf(command);
  }
}
