package io.payonce.examples;

import io.payonce.Address;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import java.time.Duration;

/**
 * Two withdrawals, one of a token and one of the native coin, while one of three providers is dead,
 * one loses the replies to sends, and the process dies right after the first broadcast. Each is
 * paid once.
 */
public final class HelloWithdrawal {
  private static final Address ALICE = Address.of("0x00000000000000000000000000000000000a11ce");
  private static final Address BOB = Address.of("0x0000000000000000000000000000000000000b0b");

  private HelloWithdrawal() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      run(world);
    }
  }

  private static void run(DemoWorld world) {
    world.chain.setFaults("alpha", ProviderFaults.always(ProviderFault.DEAD));
    world.chain.setFaults("beta", ProviderFaults.always(ProviderFault.LOST_REPLY).onSends());
    world.say("three providers: alpha is dead, beta loses the replies to sends, gamma is fine");

    DemoWorld.Running first = world.start(printer(world));
    IdempotencyKey tokens = IdempotencyKey.of("withdrawal-1001");
    IdempotencyKey coins = IdempotencyKey.of("withdrawal-1002");
    first.payonce().submit(tokens, pay(world, ALICE, TokenAmount.parse(world.token, "250.5", 6)));
    first
        .payonce()
        .submit(coins, pay(world, BOB, TokenAmount.ofWei(DemoWorld.CHAIN, Wei.ofCoins("0.25"))));

    // The worst moment: the nodes have the bytes, and nobody has told us.
    world.time.runUntil(() -> !world.chain.pool("gamma").isEmpty(), Duration.ofMinutes(1));
    world.say("-- killed between broadcast and acknowledgement --");
    first.kill();
    world.time.runFor(Duration.ofSeconds(3));

    world.say("-- started again on the same journal --");
    DemoWorld.Running second = world.start(printer(world));
    TransferStatus token = world.await(second.payonce().whenFinal(tokens));
    TransferStatus coin = world.await(second.payonce().whenFinal(coins));
    second.stop();

    for (TransferStatus status : new TransferStatus[] {token, coin}) {
      int times =
          world.chain.payments(status.transfer().amount().asset(), status.transfer().to()).size();
      world.say(
          status.key() + " " + status.state() + ": the chain has paid it " + times + " time(s)");
    }
  }

  private static Transfer pay(DemoWorld world, Address payee, TokenAmount amount) {
    return Transfer.of(amount).from(world.wallet).to(payee);
  }

  private static SubmissionListener printer(DemoWorld world) {
    return new SubmissionListener() {
      @Override
      public void changed(TransferStatus status) {
        String nonce = status.nonce().isPresent() ? ", nonce " + status.nonce().getAsLong() : "";
        world.say(
            status.key()
                + " "
                + status.state()
                + " ("
                + world.show(status.transfer().amount())
                + " to "
                + status.transfer().to()
                + nonce
                + ")");
      }

      @Override
      public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
        evidence
            .answers()
            .forEach(
                answer -> world.say(key + " sent: " + answer.endpoint() + " " + answer.verdict()));
      }
    };
  }
}
