package io.payonce.examples;

import io.payonce.IdempotencyKey;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import java.time.Duration;

/**
 * Two withdrawals, one of a token and one of the native coin, while one of three providers is dead,
 * one loses the replies to sends, and the process dies right after the first broadcast. Each is
 * paid once.
 */
public final class HelloWithdrawal {
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

    DemoWorld.Running first = world.start();
    IdempotencyKey tokens = IdempotencyKey.of("withdrawal-1001");
    IdempotencyKey coins = IdempotencyKey.of("withdrawal-1002");
    first.payonce().submit(tokens, world.tokens("250.5", "Alice"));
    first.payonce().submit(coins, world.coins("0.25", "Bob"));

    // The worst moment: the nodes have the bytes, and nobody has told us.
    world.time.runUntil(() -> !world.chain.pool("gamma").isEmpty(), Duration.ofMinutes(1));
    world.say("-- killed: the nodes have the bytes, their answers never arrive --");
    first.kill();
    world.time.runFor(Duration.ofSeconds(3));

    world.say("-- started again on the same journal --");
    DemoWorld.Running second = world.start();
    world.judge(world.await(second.payonce().whenFinal(tokens)));
    world.judge(world.await(second.payonce().whenFinal(coins)));
    second.stop();
  }
}
