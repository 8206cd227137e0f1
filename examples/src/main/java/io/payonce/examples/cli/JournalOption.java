package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The journal: what was promised, signed and paid. It belongs to one chain. */
final class JournalOption {
  @Option(
      names = "--journal",
      required = true,
      paramLabel = "PATH|URL",
      description = {
        "The journal: an SQLite file on a local disk, or jdbc:postgresql://HOST/DATABASE.",
        "Keep it; it prevents paying twice."
      })
  private String path;

  @Option(
      names = "--journal-credentials",
      paramLabel = "FILE",
      description = {
        "Lines user=NAME and password=PASSWORD for PostgreSQL, readable by its owner alone; or set",
        "PAYONCE_JOURNAL_USER and PAYONCE_JOURNAL_PASSWORD."
      })
  private @Nullable Path credentials;

  /** For a process that pays; creates an SQLite file when it is missing, never a schema. */
  JdbcTransferStore openToWrite(Terminal terminal) {
    return JdbcTransferStore.open(location(), options(terminal));
  }

  /** For looking, also while another process pays: no lock, no change. */
  JdbcTransferStore openToRead(Terminal terminal) {
    return JdbcTransferStore.openReadOnly(location(), options(terminal));
  }

  private JournalOptions options(Terminal terminal) {
    return JournalCredentials.options(credentials, terminal.environment());
  }

  private String location() {
    requireNoCredentials(path);
    return path;
  }

  /** The command line is in the list of processes, which every user of the machine may read. */
  static void requireNoCredentials(String location) {
    String lower = location.toLowerCase(Locale.ROOT);
    boolean credentials =
        lower.startsWith("jdbc:postgresql:")
            && (lower.matches(".*[?&](user|password|sslpassword)=.*") || lower.contains("@"));
    if (credentials) {
      throw Refusal.badInput(
          "the URL of --journal has a user or password, which the list of processes shows;"
              + " leave them out and give --journal-credentials, or set PAYONCE_JOURNAL_USER and"
              + " PAYONCE_JOURNAL_PASSWORD");
    }
  }

  /** The payment of a key; an unknown key is bad input. */
  static StoredTransfer find(TransferStore journal, String key) {
    Optional<StoredTransfer> found = journal.find(IdempotencyKey.of(key));
    if (found.isEmpty()) {
      refuseMember(journal, key);
    }
    return found.orElseThrow(
        () ->
            Refusal.badInput(
                "key '" + key + "' is unknown to this journal; check the key and --journal"));
  }

  /** It is not unknown, and has no payment of its own. */
  static void refuseMember(TransferStore journal, String key) {
    journal
        .groupOf(IdempotencyKey.of(key))
        .ifPresent(
            group -> {
              throw Refusal.badInput(
                  "key '"
                      + key
                      + "' is a member of group '"
                      + group.key()
                      + "', which is paid as one; give the key of the group");
            });
  }

  /** Refuses a journal with payments of another chain. */
  void requireChain(TransferStore journal, ChainId chain) {
    Stream<ChainId> lanes = journal.lanes().stream().map(StoredLane::id).map(id -> id.chain());
    Stream<ChainId> newest =
        journal.list(TransferFilter.all(), Optional.empty(), 1).stream()
            .map(StoredTransfer::transfer)
            .map(transfer -> transfer.chain());
    Stream.concat(lanes, newest)
        .filter(other -> !other.equals(chain))
        .findFirst()
        .ifPresent(
            other -> {
              throw Refusal.badInput(
                  "journal "
                      + path
                      + " holds payments of chain "
                      + other
                      + ", the endpoints are on chain "
                      + chain
                      + "; give the endpoints of that chain or another journal");
            });
  }
}
