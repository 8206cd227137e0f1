package io.payonce.examples;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.KeystoreV3;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.TransferStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The least that a host writes: one withdrawal from a keystore file over three operators. It is the
 * quick start of the README, word for word. Run twice, it pays once.
 */
final class QuickStart {
  private QuickStart() {}

  /**
   * Pays and waits until it is final.
   *
   * @param key the host's own name of the withdrawal
   * @param urls of three operators that have nothing to do with each other
   * @param wallet a keystore file
   * @param journal the file that remembers; created when it is not there
   * @param workers threads of the host, on which the key signs
   */
  static TransferStatus pay(
      ChainId chain,
      List<String> urls,
      Path wallet,
      char[] password,
      Path journal,
      Executor workers,
      IdempotencyKey key,
      Address payee) {
    // tag::quickstart
    ChainProfile profile = ChainProfiles.builtIn().requireSupported(chain);
    TokenAmount amount = TokenAmount.ofWei(chain, Wei.ofCoins("0.05"));
    Endpoint a = Endpoint.of("alpha", "alpha-ltd", urls.get(0)); // name, who runs it, URL
    Endpoint b = Endpoint.of("beta", "beta-inc", urls.get(1));
    Endpoint c = Endpoint.of("gamma", "gamma-gmbh", urls.get(2));
    try (TransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults());
        RpcPool pool = RpcPool.builder(profile).endpoints(List.of(a, b, c)).build();
        GuardedSigner signer =
            GuardedSigner.builder()
                .key(KeystoreV3.read(wallet, password))
                .chains(chain)
                .claimsIn(store)
                .limits(GuardLimits.of(Wei.ofCoins("0.01"), amount)) // of one transaction
                .executor(workers)
                .build();
        IdempotentSubmitter payonce =
            IdempotentSubmitter.builder()
                .store(store)
                .chain(profile, pool)
                .lane(chain, signer)
                .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("0.1"))) // a payment, an hour
                .build()) {
      payonce.submit(key, Transfer.of(amount).from(signer.address()).to(payee));
      return payonce.whenFinal(key).join();
    }
    // end::quickstart
  }
}
