package io.payonce.examples.simulate;

import io.payonce.rpc.RpcClient;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneStep;
import io.payonce.testing.MemoryTransferStore;

/**
 * Where tests plant bugs, to see that the judge catches them. One object lives for one run of a
 * seed, through all crashes of the process; each method is called once for each life of the
 * process, in the order of this interface.
 */
interface Seams {
  /** Nothing planted. */
  static Seams none() {
    return new Seams() {};
  }

  /** Stands between engine and pool; what it sends is seen by the judge. */
  default RpcClient rpc(RpcClient client) {
    return client;
  }

  /**
   * Stands between engine and journal.
   *
   * @param medium what the journal is written to, for what a bug does there without any rule
   */
  default TransferStore store(TransferStore store, MemoryTransferStore medium) {
    return store;
  }

  /** Stands between shell and engine. */
  default LaneStep engine(LaneStep engine) {
    return engine;
  }
}
