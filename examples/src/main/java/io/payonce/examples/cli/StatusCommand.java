package io.payonce.examples.cli;

import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.TransferStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the journal knows about one payment. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Says how one payment stands, by the journal; asks no node and locks nothing.")
final class StatusCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "KEY")
  private String key;

  @Mixin private JournalOption journal = new JournalOption();

  @Option(names = "--json", description = "As one JSON object.")
  private boolean json;

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (JdbcTransferStore store = journal.openToRead(terminal)) {
      TransferStatus status = TransferStatus.of(store, JournalOption.find(store, key));
      if (json) {
        terminal.out().println(JsonEvents.status("status", status));
      } else {
        StatusText.lines(status).forEach(terminal.out()::println);
      }
      return ExitCode.OK;
    }
  }
}
