package io.payonce.examples.node;

import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.web3j.PooledWeb3jService;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.Web3jService;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.FastRawTransactionManager;
import org.web3j.tx.RawTransactionManager;

/**
 * web3j, called as ordinary host code calls it, with its own transport and settings or on the pool
 * of this SDK. Its own OkHttp sends a POST once more, silently, when a connection that was used
 * before breaks: with one payment at a time this hides many single lost requests.
 */
final class Web3jPayer implements Payer {
  private static final BigInteger GAS_PRICE = BigInteger.valueOf(20_000_000_000L);
  private static final BigInteger TRANSFER_GAS = BigInteger.valueOf(21_000);

  /** Which transaction manager. */
  enum Kind {
    /** Asks the node for the nonce of each payment. */
    RAW("web3j Raw"),
    /** Counts nonces itself. */
    FAST_RAW("web3j FastRaw"),
    /** Counts itself, and reads the count anew after an exception. */
    FAST_RAW_RESET("web3j FastRaw, reset"),
    /** The first one with another service: the pool of this SDK in place of web3j's transport. */
    RAW_ON_POOL("web3j Raw on the pool");

    private final String title;

    Kind(String title) {
      this.title = title;
    }
  }

  private final Kind kind;

  Web3jPayer(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String name() {
    return kind.title;
  }

  @Override
  public Belief pay(Job job) throws Exception {
    Web3j web3j = Web3j.build(service(job));
    Credentials credentials = Credentials.create(job.privateKey());
    RawTransactionManager manager =
        kind == Kind.RAW || kind == Kind.RAW_ON_POOL
            ? new RawTransactionManager(web3j, credentials, job.chainId())
            : new FastRawTransactionManager(web3j, credentials, job.chainId());
    ExecutorService workers = Executors.newFixedThreadPool(job.concurrency());
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (Payment payment : job.payments()) {
        results.add(workers.submit(() -> sent(manager, payment, job.tries())));
      }
      int sent = 0;
      for (Future<Boolean> result : results) {
        sent += result.get() ? 1 : 0;
      }
      return new Belief(sent, results.size() - sent);
    } finally {
      workers.shutdownNow();
      web3j.shutdown();
    }
  }

  /** The one network stands for two operators: the query makes two URLs, and no node reads it. */
  private Web3jService service(Job job) {
    if (kind != Kind.RAW_ON_POOL) {
      return new HttpService(job.node().toString());
    }
    ChainProfile profile = ChainProfiles.builtIn().require(ChainId.of(job.chainId()));
    return PooledWeb3jService.owning(
        RpcPool.builder(profile)
            .endpoint(Endpoint.of("a", "a", job.node() + "/?operator=a"))
            .endpoint(Endpoint.of("b", "b", job.node() + "/?operator=b"))
            .build());
  }

  private boolean sent(RawTransactionManager manager, Payment payment, int tries) {
    for (int i = 0; i < tries; i++) {
      try {
        EthSendTransaction answer =
            manager.sendTransaction(
                GAS_PRICE, TRANSFER_GAS, payment.payee().value(), "", payment.amount().value());
        if (!answer.hasError()) {
          return true;
        }
      } catch (Exception ordinaryHostCodeTriesAgain) {
        // Deliberate: this is the behaviour that is measured.
      }
      if (kind == Kind.FAST_RAW_RESET) {
        ((FastRawTransactionManager) manager).clearNonce();
      }
    }
    return false;
  }
}
