package io.payonce.store.jdbc;

import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.TransferStoreContract;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresTestServer.class)
final class PostgresContractTest extends TransferStoreContract {
  private final TestDatabase database;

  PostgresContractTest(TestDatabase database) {
    this.database = database;
  }

  @Override
  protected TransferStore open() {
    return database.open();
  }

  @Override
  protected TransferStore reopen(TransferStore open) {
    open.close();
    return database.open();
  }

  /** The server's clock cannot be moved, so the ends of the leases are. */
  @Override
  protected void outliveLeases(TransferStore open) {
    for (String leased : List.of("lanes", "sinks")) {
      database.sql(
          "UPDATE @%s SET lease_expires_at =".formatted(leased)
              + " to_char((lease_expires_at::timestamptz - interval '61 s') AT TIME ZONE 'UTC',"
              + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    }
  }
}
