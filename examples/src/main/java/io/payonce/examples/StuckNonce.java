package io.payonce.examples;

import io.payonce.IdempotencyKey;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SpeedUpResult;
import io.payonce.submit.TransferStatus;
import java.time.Duration;

/**
 * The base fee jumps above what a payment offers, so it is stuck, and with it all later nonces of
 * the wallet. It is replaced at its own nonce within the limit of 0.01 ETH a payment: by itself
 * after a while, or at once on request. What waits behind it offers enough and just follows.
 */
public final class StuckNonce {
  private StuckNonce() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      world.say("== replaced by itself ==");
      run(world, "1", false);
    }
    try (DemoWorld world = new DemoWorld()) {
      world.say("== replaced on request ==");
      run(world, "2", true);
    }
  }

  private static void run(DemoWorld world, String number, boolean speedUp) {
    DemoWorld.Running host = world.start();
    IdempotentSubmitter payonce = host.payonce();
    IdempotencyKey stuck = IdempotencyKey.of("stuck-" + number);
    IdempotencyKey behind = IdempotencyKey.of("behind-" + number);

    payonce.submit(stuck, world.coins("0.1", "Alice"));
    world.time.runUntil(() -> !world.chain.pool("alpha").isEmpty(), Duration.ofMinutes(1));
    world.chain.spikeBaseFee(8);
    world.say("-- in the pools, and now the base fee jumps to 8 times as much --");
    world.time.runFor(Duration.ofSeconds(5));
    payonce.submit(behind, world.coins("0.2", "Bob"));
    world.time.runFor(Duration.ofSeconds(5));

    if (speedUp) {
      SpeedUpResult answer = world.time.await(payonce.speedUp(stuck), Duration.ofMinutes(1));
      world.say(stuck, "speedUp: " + answer);
    }
    end(world, payonce, stuck);
    end(world, payonce, behind);
    host.stop();
  }

  private static void end(DemoWorld world, IdempotentSubmitter payonce, IdempotencyKey key) {
    TransferStatus end = world.await(payonce.whenFinal(key));
    world.judge(end);
    String fee = end.winner().orElseThrow().fee().toCoins();
    world.say(key, end.hashes().size() + " transaction(s) signed, fee " + fee + " ETH");
  }
}
