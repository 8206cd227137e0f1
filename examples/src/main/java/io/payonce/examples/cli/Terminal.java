package io.payonce.examples.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * What surrounds a command: results on {@code out}, everything for a person on {@code err}.
 *
 * @param environment variables of the process
 * @param isScreen whether {@code out} is a terminal on which text can be drawn over
 */
record Terminal(
    PrintStream out,
    PrintStream err,
    BufferedReader in,
    Map<String, String> environment,
    boolean isScreen) {

  static Terminal system() {
    return new Terminal(
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
        System.getenv(),
        hasScreen());
  }

  /** A console that is one: since JDK 22 there may be one without a terminal. */
  @SuppressWarnings("SystemConsoleNull") // before 22 null says it, later isTerminal does
  private static boolean hasScreen() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException before22) {
      return true;
    } catch (ReflectiveOperationException unknown) {
      return false; // lines can be read on every terminal
    }
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  void say(String line) {
    err.println(line);
  }

  /** Asks; whatever is not a clear yes is a no, the end of the input included. */
  boolean confirms(String question) {
    err.print(question + " [y/N] ");
    err.flush();
    try {
      String answer = in.readLine();
      return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
