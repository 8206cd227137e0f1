package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.TransferStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The payments of a journal. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the journal's payments, newest first; asks no node and locks nothing.")
final class ListCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private JournalOption journal = new JournalOption();

  @Option(
      names = "--state",
      paramLabel = "S",
      description = "Only these, one of: ${COMPLETION-CANDIDATES}.")
  private @Nullable TransferState state;

  @Option(names = "--payee", paramLabel = "ADDRESS", description = "Only those to this address.")
  private @Nullable String payee;

  @Option(
      names = "--metadata",
      paramLabel = "NAME=VALUE",
      description = "Only those with this entry; several times: with each.")
  private Map<String, String> metadata = new LinkedHashMap<>();

  @Option(names = "--json", description = "One JSON object per payment.")
  private boolean json;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private TransferFilter filter() {
    TransferFilter filter = TransferFilter.all();
    if (state != null) {
      filter = filter.inState(state);
    }
    if (payee != null) {
      filter = filter.toPayee(address(payee));
    }
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      filter = filter.withMetadata(entry.getKey(), entry.getValue());
    }
    return filter;
  }

  private static Address address(String text) {
    try {
      return Address.of(text);
    } catch (IllegalArgumentException bad) {
      throw Refusal.badInput("--payee: " + bad.getMessage());
    }
  }

  @Override
  public Integer call() {
    try (JdbcTransferStore store = journal.openToRead(terminal)) {
      JournalPages.forEach(store, filter(), stored -> print(TransferStatus.of(store, stored)));
      return ExitCode.OK;
    }
  }

  private void print(TransferStatus status) {
    terminal
        .out()
        .println(json ? JsonEvents.status("status", status).toString() : StatusText.line(status));
  }
}
