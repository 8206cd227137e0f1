package io.payonce.examples;

import io.payonce.IdempotencyKey;
import io.payonce.store.TransferState;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import java.time.Duration;

/**
 * Two of three operators must agree. With one left, nothing new is bound and nothing is called
 * final, however sure that one sounds; when they are back, everything ends. One that lies about
 * receipts and finality is outvoted.
 */
public final class ProviderOutage {
  private ProviderOutage() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      run(world);
    }
  }

  private static void run(DemoWorld world) {
    DemoWorld.Running host = world.start();
    IdempotentSubmitter payonce = host.payonce();

    IdempotencyKey before = IdempotencyKey.of("before-outage");
    payonce.submit(before, world.coins("0.1", "Alice"));
    world.time.runUntil(
        () -> state(payonce, before) == TransferState.INCLUDED, Duration.ofMinutes(1));
    world.chain.setFaults("beta", ProviderFaults.always(ProviderFault.HANG));
    world.chain.setFaults("gamma", ProviderFaults.always(ProviderFault.DEAD));
    world.say("-- beta hangs and gamma is dead: alpha alone is no quorum --");
    IdempotencyKey during = IdempotencyKey.of("during-outage");
    payonce.submit(during, world.coins("0.1", "Bob"));
    world.time.runFor(Duration.ofMinutes(2));
    TransferStatus waiting = payonce.status(during).orElseThrow();
    world.say("after two minutes of outage:");
    TransferStatus unproven = payonce.status(before).orElseThrow();
    boolean isFinal = world.chain.isFinal(unproven.winner().orElseThrow().hash());
    world.say(before, unproven.state() + (isFinal ? ", though its block is final by now" : ""));
    world.say(during, waiting.state() + (waiting.nonce().isEmpty() ? ", no nonce taken" : ""));

    world.chain.calm();
    world.say("-- beta and gamma are back --");
    world.judge(world.await(payonce.whenFinal(before)));
    world.judge(world.await(payonce.whenFinal(during)));

    world.chain.setFaults(
        "alpha",
        ProviderFaults.always(ProviderFault.FAKE_RECEIPT).with(ProviderFault.WRONG_FINALIZED, 1));
    world.say("-- alpha says that everything failed, and that every block is final --");
    IdempotencyKey liar = IdempotencyKey.of("beside-a-liar");
    payonce.submit(liar, world.tokens("100", "Carol"));
    world.judge(world.await(payonce.whenFinal(liar)));
    host.stop();
  }

  private static TransferState state(IdempotentSubmitter payonce, IdempotencyKey key) {
    return payonce.status(key).orElseThrow().state();
  }
}
