package io.payonce.testing;

import io.payonce.IdempotencyKey;
import io.payonce.store.TransferStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The store that a contract is about, and a lane of it. Each group of cases extends the one before
 * it, up to {@link TransferStoreContract}: whoever tests a store extends one class and runs all.
 */
abstract class StoreUnderTest {
  static final IdempotencyKey KEY = new IdempotencyKey("shop", "order-1");

  TransferStore store;
  JournalScript lane;

  /** An empty journal, called once per test. */
  protected abstract TransferStore open();

  /** The same journal after a stop and a start. */
  protected abstract TransferStore reopen(TransferStore open);

  /** Lets more than 60 s pass on the clock by which the leases of this journal end. */
  protected abstract void outliveLeases(TransferStore open);

  @BeforeEach
  final void openStore() {
    store = open();
    lane = JournalScript.on(store);
  }

  @AfterEach
  final void closeStore() {
    store.close();
  }
}
