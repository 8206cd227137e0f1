package io.payonce.examples;

import io.payonce.IdempotencyKey;
import io.payonce.store.TransferState;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * The process is killed at five moments of a payment, each time with another payment, and started
 * again on the same journal. Every payment goes on where it stood and is paid once.
 */
public final class CrashAndResume {
  private CrashAndResume() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      crash(world, "Alice", "accepted, nothing decided", payment -> true);
      crash(world, "Bob", "has a nonce, nothing signed", at(TransferState.BOUND));
      crash(world, "Carol", "signed, the bytes are just leaving", at(TransferState.IN_FLIGHT));
      crash(world, "Dave", "the nodes have it, their answers never arrive", Payment::isInPool);
      crash(world, "Erin", "in a block that is not final", at(TransferState.INCLUDED));
    }
  }

  /** A payment of the process that is about to die. */
  private record Payment(DemoWorld world, DemoWorld.Running host, IdempotencyKey key) {
    boolean isInPool() {
      return !world.chain.pool("beta").isEmpty();
    }
  }

  private static Predicate<Payment> at(TransferState state) {
    return payment -> payment.host.payonce().status(payment.key).orElseThrow().state() == state;
  }

  private static void crash(
      DemoWorld world, String payee, String moment, Predicate<Payment> reached) {
    IdempotencyKey key = IdempotencyKey.of("payment-" + payee);
    DemoWorld.Running first = world.start();
    first.payonce().submit(key, world.coins("0.1", payee));
    world.say(key, "submit returned: from here on it will be paid, once");
    Payment payment = new Payment(world, first, key);
    world.time.runUntil(() -> reached.test(payment), Duration.ofMinutes(1));
    world.say("-- killed: " + moment + " --");
    first.kill();

    world.time.runFor(Duration.ofSeconds(5));
    world.say("-- started again --");
    DemoWorld.Running second = world.start();
    world.judge(world.await(second.payonce().whenFinal(key)));
    second.stop();
  }
}
