package io.payonce.examples.cli;

import io.payonce.routing.RpcPool;
import io.payonce.rpc.HeadEvent;

/** How {@code rpc watch} shows what happens. Used by one thread. */
interface WatchView {
  /** Something happened to the chain. */
  void tell(HeadEvent event);

  /** Time to show how the endpoints stand. */
  void show(RpcPool pool);

  /** Leaves the output as other programs expect it. */
  default void end() {}
}
