package io.payonce.store.jdbc;

import io.payonce.store.TransferStore;
import io.payonce.testing.TransferStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class SqliteContractTest extends TransferStoreContract {
  @TempDir private Path directory;

  @Override
  protected TransferStore open() {
    return JdbcTransferStore.open(directory.resolve("journal.db"), JournalOptions.defaults());
  }

  @Override
  protected TransferStore reopen(TransferStore open) {
    open.close();
    return open();
  }
}
