package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.store.AttemptState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.SpeedUpResult;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Offers a higher fee for a payment that is out. */
@Command(
    name = "speedup",
    mixinStandardHelpOptions = true,
    description = {
      "Replaces a payment's transaction at the same nonce with a higher fee, within --max-fee.",
      "Exit codes: 0 the replacement is sent; 1 it cannot be sped up; 3 not done yet."
    })
final class SpeedUpCommand extends WriterCommand {
  @Parameters(paramLabel = "KEY")
  private String key;

  private @Nullable TransferStore journal;

  SpeedUpCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    StoredTransfer found = find(store, key, wallets, chain);
    if (found.state().isUnbound()) {
      throw Refusal.badInput(
          "key '" + key + "' is " + found.state() + ", no transaction is out; run the payout");
    }
    journal = store;
    confirm("Speed up " + key + "?");
  }

  @Override
  int ask(Engine engine, Report report) {
    IdempotencyKey asked = IdempotencyKey.of(key);
    int before = attempts(asked).size();
    SpeedUpResult result =
        askUntil(() -> engine.submitter().speedUp(asked), r -> r != SpeedUpResult.NOT_EXPOSED_YET);
    boolean sent = false;
    switch (result) {
      case STARTED -> sent = await(() -> isSent(asked, before));
      case AT_CAP -> say("the fee limits leave no legal replacement; raise --max-fee");
      case NOT_EXPOSED_YET -> say("no transaction of it is out, or no head is agreed on yet");
      case ALREADY_INCLUDED -> say("it is in a block already, or has ended");
      case CANCEL_IN_PROGRESS -> say("a cancel runs; no payment is added to its nonce any more");
      case UNKNOWN_KEY -> throw new IllegalStateException("the key was found before");
    }
    report.result(engine.submitter().status(asked).orElseThrow());
    if (result == SpeedUpResult.STARTED) {
      return sent ? ExitCode.OK : ExitCode.RUN_AGAIN;
    }
    return result == SpeedUpResult.NOT_EXPOSED_YET ? ExitCode.RUN_AGAIN : ExitCode.NOT_ALL_PAID;
  }

  /** Nodes were given a newer transaction, or one of them is in a block: both end the waiting. */
  private boolean isSent(IdempotencyKey asked, int before) {
    List<StoredAttempt> attempts = attempts(asked);
    boolean newest =
        attempts.size() > before
            && attempts.get(attempts.size() - 1).state() != AttemptState.INTENT
            && attempts.get(attempts.size() - 1).state() != AttemptState.SIGNED;
    return newest || !slot(asked).map(slot -> slot.state().isOpen()).orElse(false);
  }

  private List<StoredAttempt> attempts(IdempotencyKey asked) {
    return slot(asked).map(StoredSlot::attempts).orElse(List.of());
  }

  private Optional<StoredSlot> slot(IdempotencyKey asked) {
    TransferStore store = Objects.requireNonNull(journal);
    return store.find(asked).flatMap(StoredTransfer::slot).flatMap(store::slot);
  }
}
