package io.payonce.store.jdbc;

import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.JournalInUseException;
import io.payonce.store.TransferState;
import io.payonce.testing.JournalScript;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another process that writes a journal until it is killed. After each commit that returned it says
 * how many events the journal must now have.
 */
final class JournalChild {
  private JournalChild() {}

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (JdbcTransferStore store = open(arguments)) {
      JournalScript lane = JournalScript.on(store);
      long events = store.verifyChain().intact();
      out.println(events);
      for (int i = 0; ; i++) {
        String key = "run-" + store.incarnation() + "-" + i;
        TransferId id = lane.accept(key);
        out.println(events += 1);
        lane.apply(JournalScript.move(id, TransferState.ACCEPTED, TransferState.READY));
        out.println(events += 1);
        SlotId slot = lane.bind(id);
        out.println(events += 2);
        lane.apply(lane.sign(slot, 1));
        out.println(events += 1);
      }
    } catch (JournalInUseException e) {
      out.println("refused: " + e.getMessage());
    }
  }

  /** A file; or URL, schema and user of a PostgreSQL journal. */
  private static JdbcTransferStore open(String[] arguments) {
    JournalOptions options = JournalOptions.defaults();
    return JdbcTransferStore.open(
        arguments[0],
        arguments.length == 1
            ? options
            : options.withSchema(arguments[1]).withLogin(arguments[2], "none"));
  }

  static Process start(Path journal) throws IOException {
    return start(journal.toString());
  }

  static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx64m")); // it lives for seconds
    command.add("-cp");
    command.add(System.getProperty("java.class.path", "") + File.pathSeparator);
    command.add(JournalChild.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  static BufferedReader lines(Process child) {
    return child.inputReader(StandardCharsets.UTF_8);
  }
}
