package io.payonce.examples;

import io.payonce.IdempotencyKey;
import io.payonce.Transfer;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmitResult;
import java.util.List;

/**
 * A key means one payment for ever: the same request again finds it, another request under the key
 * is a conflict, and of twenty callers at once one is accepted.
 */
public final class SameKeyTwice {
  private SameKeyTwice() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      run(world);
    }
  }

  private static void run(DemoWorld world) {
    DemoWorld.Running host = world.start();
    IdempotentSubmitter payonce = host.payonce();

    IdempotencyKey key = IdempotencyKey.of("withdrawal-2001");
    submit(world, payonce, key, world.coins("0.5", "Alice"));
    submit(world, payonce, key, world.coins("0.5", "Alice"));
    submit(world, payonce, key, world.tokens("0.5", "Bob"));
    world.judge(world.await(payonce.whenFinal(key)));
    submit(world, payonce, key, world.coins("0.5", "Alice"));

    IdempotencyKey hot = IdempotencyKey.of("withdrawal-2002");
    Transfer request = world.coins("0.25", "Carol");
    List<SubmitResult> answers = world.race(20, () -> payonce.submit(hot, request));
    long accepted = answers.stream().filter(SubmitResult.Accepted.class::isInstance).count();
    long known = answers.stream().filter(SubmitResult.AlreadyKnown.class::isInstance).count();
    world.say(hot, "20 callers at once: " + accepted + " accepted, " + known + " already known");
    world.judge(world.await(payonce.whenFinal(hot)));
    host.stop();
  }

  private static void submit(
      DemoWorld world, IdempotentSubmitter payonce, IdempotencyKey key, Transfer transfer) {
    SubmitResult result = payonce.submit(key, transfer);
    String answer;
    if (result instanceof SubmitResult.Accepted) {
      answer = "Accepted";
    } else if (result instanceof SubmitResult.AlreadyKnown known) {
      answer = "AlreadyKnown, it is " + known.status().state();
    } else if (result instanceof SubmitResult.KeyConflict conflict) {
      answer = "KeyConflict, the key stands for another " + conflict.differingFields();
    } else {
      answer = result.toString();
    }
    world.say(key, "submit " + world.show(transfer) + ": " + answer);
  }
}
