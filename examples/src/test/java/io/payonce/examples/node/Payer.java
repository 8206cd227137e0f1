package io.payonce.examples.node;

import io.payonce.Address;
import io.payonce.Wei;
import java.net.URI;
import java.util.List;

/** A way to pay many payees from one hot wallet: a row of {@link PeerMatrix}. */
public interface Payer {
  /** What the table calls it. */
  String name();

  /**
   * Pays each payment once, as far as this payer can tell, and returns when it has nothing more to
   * do or has given up.
   *
   * @return what it believes; the judge does not read it
   */
  Belief pay(Job job) throws Exception;

  /** One transfer of native coins; no payee occurs twice in a job. */
  record Payment(Address payee, Wei amount) {}

  /**
   * What to pay, and through which node.
   *
   * @param node HTTP JSON-RPC, with faults
   * @param chainId of the node's chain
   * @param privateKey of the wallet, 0x and 64 digits: a throw-away key made from the run's seed
   * @param payments in the order in which they were asked for
   * @param concurrency payments under way at once
   * @param tries how often ordinary host code tries a payment when an exception comes
   */
  record Job(
      URI node,
      long chainId,
      String privateKey,
      List<Payment> payments,
      int concurrency,
      int tries) {}

  /**
   * How many payments the payer takes for sent, and how many it gave up after all tries.
   *
   * @param sent the last try ended without an exception
   * @param gaveUp all tries ended with one
   */
  record Belief(int sent, int gaveUp) {}
}
