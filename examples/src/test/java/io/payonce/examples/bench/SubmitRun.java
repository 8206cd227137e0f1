package io.payonce.examples.bench;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.web3j.crypto.Credentials;

/** One way to send payments, measured until the node has taken the last of them. */
interface SubmitRun {
  String name();

  /**
   * Sends {@code payments} transfers of coins, one after the other from each wallet in turn, and
   * returns how long it took until the node had answered the last one.
   */
  Duration send(URI node, long chainId, List<Credentials> wallets, int payments) throws Exception;
}
