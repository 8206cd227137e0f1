package io.payonce.examples.simulate;

import io.payonce.rpc.RpcClient;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneStep;
import java.util.function.UnaryOperator;

/** Where tests plant bugs, to see that the judge catches them. */
record Seams(
    UnaryOperator<LaneStep> engine,
    UnaryOperator<TransferStore> store,
    UnaryOperator<RpcClient> rpc) {
  /** The true engine. */
  static final Seams NONE =
      new Seams(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());
}
