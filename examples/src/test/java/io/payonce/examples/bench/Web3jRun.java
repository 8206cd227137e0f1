package io.payonce.examples.bench;

import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.FastRawTransactionManager;

/** web3j's fastest manager, one for each wallet, with 32 threads in all. */
final class Web3jRun implements SubmitRun {
  static final BigInteger GAS_PRICE = BigInteger.valueOf(20_000_000_000L);
  static final BigInteger TRANSFER_GAS = BigInteger.valueOf(21_000);
  private static final int THREADS = 32;

  @Override
  public String name() {
    return "web3j FastRaw, 32 threads";
  }

  @Override
  public Duration send(URI node, long chainId, List<Credentials> wallets, int payments)
      throws Exception {
    Web3j web3j = Web3j.build(new HttpService(node.toString()));
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<FastRawTransactionManager> managers = new ArrayList<>();
      for (Credentials wallet : wallets) {
        managers.add(new FastRawTransactionManager(web3j, wallet, chainId));
      }
      long start = System.nanoTime();
      List<Future<EthSendTransaction>> answers = new ArrayList<>();
      for (int i = 0; i < payments; i++) {
        FastRawTransactionManager manager = managers.get(i % managers.size());
        String payee = Wallets.payee(i).value();
        answers.add(
            threads.submit(
                () -> manager.sendTransaction(GAS_PRICE, TRANSFER_GAS, payee, "", BigInteger.ONE)));
      }
      for (Future<EthSendTransaction> answer : answers) {
        if (answer.get().hasError()) {
          throw new IllegalStateException(answer.get().getError().getMessage());
        }
      }
      return Duration.ofNanos(System.nanoTime() - start);
    } finally {
      threads.shutdownNow();
      web3j.shutdown();
    }
  }
}
