package io.payonce.examples.cli;

import io.payonce.TransferId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferStore;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** All payments of a journal that fit a filter, however many: memory holds one page. */
final class JournalPages {
  private static final int PAGE = 500;

  private JournalPages() {}

  /** Hands on each of them, newest first. */
  static void forEach(
      TransferStore journal, TransferFilter filter, Consumer<StoredTransfer> reader) {
    Optional<TransferId> before = Optional.empty();
    List<StoredTransfer> page;
    do {
      page = journal.list(filter, before, PAGE);
      page.forEach(reader);
      before = page.stream().reduce((newer, older) -> older).map(StoredTransfer::id);
    } while (page.size() == PAGE);
  }
}
