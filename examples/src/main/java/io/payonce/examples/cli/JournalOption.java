package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The journal: what was promised, signed and paid. It belongs to one chain. */
final class JournalOption {
  @Option(
      names = "--journal",
      required = true,
      paramLabel = "PATH",
      description =
          "The journal: an SQLite file on a local disk. Keep it; it prevents paying twice.")
  private Path path;

  /** For the one process that pays; creates the file when it is missing. */
  JdbcTransferStore openToWrite() {
    return JdbcTransferStore.open(path, JournalOptions.defaults());
  }

  /** For looking, also while another process pays: no lock, no change. */
  JdbcTransferStore openToRead() {
    return JdbcTransferStore.openReadOnly(path, JournalOptions.defaults());
  }

  /** The payment of a key; an unknown key is bad input. */
  static StoredTransfer find(TransferStore journal, String key) {
    return journal
        .find(IdempotencyKey.of(key))
        .orElseThrow(
            () ->
                Refusal.badInput(
                    "key '" + key + "' is unknown to this journal; check the key and --journal"));
  }

  /** Refuses a journal with payments of another chain. */
  void requireChain(TransferStore journal, ChainId chain) {
    Stream<ChainId> lanes = journal.lanes().stream().map(StoredLane::id).map(id -> id.chain());
    Stream<ChainId> newest =
        journal.list(Optional.empty(), Optional.empty(), 1).stream()
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
