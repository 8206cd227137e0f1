package io.payonce.store.jdbc;

import io.payonce.store.TransferStore;
import io.payonce.testing.JournalScript;
import io.payonce.testing.ManualClock;
import io.payonce.testing.TransferStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

final class SqliteContractTest extends TransferStoreContract {
  @TempDir private Path directory;
  private final ManualClock clock = ManualClock.at(JournalScript.AT);

  @Override
  protected TransferStore open() {
    return JdbcTransferStore.open(
        directory.resolve("journal.db"), JournalOptions.defaults().withClock(clock));
  }

  @Override
  protected void outliveLeases(TransferStore open) {
    clock.advance(Duration.ofSeconds(61));
  }

  @Override
  protected TransferStore reopen(TransferStore open) {
    open.close();
    return open();
  }
}
