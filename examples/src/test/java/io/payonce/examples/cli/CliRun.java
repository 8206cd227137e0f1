package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FilterReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * One command, run in this JVM with an environment of its own.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
record CliRun(int exit, String out, String err) {
  /** Runs a command that asks nothing. */
  static CliRun of(Map<String, String> environment, List<String> args) {
    return answering("", environment, args);
  }

  /**
   * Runs a command that is cut off by its timeout, of two seconds first and then of twice as many,
   * until it got so far or had a minute: no longer than it takes, however slow the machine.
   *
   * @param args with {@code --timeout} or {@code --for}
   */
  static CliRun until(
      Predicate<CliRun> reached, Map<String, String> environment, List<String> args) {
    List<String> timed = new ArrayList<>(args);
    int timeout = 1 + Math.max(args.indexOf("--timeout"), args.indexOf("--for"));
    CliRun run;
    int seconds = 2;
    do {
      timed.set(timeout, seconds + "s");
      run = of(environment, timed);
      seconds *= 2;
    } while (!reached.test(run) && seconds <= 64);
    return run;
  }

  /** Runs a command with this text on its standard input. */
  static CliRun answering(String input, Map<String, String> environment, List<String> args) {
    return answering(new StringReader(input), environment, args);
  }

  /** The same, where something happens between the question and the answer. */
  static CliRun answering(
      String input, Runnable meanwhile, Map<String, String> environment, List<String> args) {
    Reader thinking =
        new FilterReader(new StringReader(input)) {
          @Override
          public int read(char[] into, int from, int length) throws IOException {
            meanwhile.run();
            return super.read(into, from, length);
          }
        };
    return answering(thinking, environment, args);
  }

  private static CliRun answering(
      Reader input, Map<String, String> environment, List<String> args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new BufferedReader(input),
            environment,
            false);
    int exit = Main.run(terminal, args.toArray(String[]::new));
    return new CliRun(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The last line of standard output as JSON. */
  JsonNode lastLine() {
    List<String> lines = out.lines().toList();
    try {
      return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    } catch (JsonProcessingException notJson) {
      throw new AssertionError("last line is no JSON: " + lines, notJson);
    }
  }

  String all() {
    return out + err;
  }
}
