package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.signing.AttemptKind;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes a nonce out of the way that nobody else will use. */
@Command(
    name = "fill",
    mixinStandardHelpOptions = true,
    description = {
      "Lets a transfer of nothing race for a nonce that a transaction of somebody else holds, or",
      "for the wallet's next nonce, after a backup was restored; waits for the final block.",
      "Exit codes: 0 the nonce is final, whoever has it; 3 not yet, run again."
    })
final class FillCommand extends WriterCommand {
  @Parameters(paramLabel = "NONCE")
  private long nonce;

  private @Nullable TransferStore journal;
  private @Nullable SlotId slot;

  FillCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(Wallets wallets) {
    if (wallets.keys().size() > 1) {
      throw Refusal.badInput(
          wallets.keys().size() + " wallets are given; this command works on one");
    }
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    LaneId lane = wallets.lanes(chain).get(0);
    SlotId id = new SlotId(lane, checkedNonce());
    Optional<StoredSlot> known = store.slot(id);
    boolean foreign = known.filter(one -> one.transfer().isEmpty()).isPresent();
    boolean next = requireLane(store, lane).nextNonce() == nonce;
    if (!foreign && !next) {
      throw Refusal.badInput(
          "nonce "
              + nonce
              + (known.isPresent() ? " pays or paid something" : " is not the next one")
              + "; give one that a foreign transaction or a host's own holds, or the wallet's next");
    }
    journal = store;
    slot = id;
    confirm("Fill nonce " + nonce + " of " + lane.address().checksummed() + "?");
  }

  private long checkedNonce() {
    if (nonce < 0) {
      throw Refusal.badInput("NONCE " + nonce + " must be at least 0");
    }
    return nonce;
  }

  @Override
  int ask(Engine engine, Report report) {
    SlotId id = Objects.requireNonNull(slot);
    NonceManager nonces = engine.submitter().nonces();
    if (!await(() -> nonces.lane(id.lane()).state() != LaneStatus.State.REGISTERING)) {
      throw Refusal.runAgain("the wallet's lane was not loaded within --timeout; run again");
    }
    // A fill that an earlier run began goes on by itself.
    if (found(id).filter(FillCommand::isFilled).isEmpty() && !isFinal(id)) {
      String obstacle = askUntil(() -> fill(nonces, id), String::isEmpty);
      if (!obstacle.isEmpty()) {
        throw Refusal.runAgain("no fill yet: " + obstacle);
      }
    }
    say("a transfer of nothing races for nonce " + nonce + "; waiting for the final block");
    boolean ended = await(() -> isFinal(id));
    report.slot(found(id).orElseThrow());
    return ended ? ExitCode.OK : ExitCode.RUN_AGAIN;
  }

  /** Empty when it was stored, or why it cannot be now. */
  private CompletableFuture<String> fill(NonceManager nonces, SlotId id) {
    return nonces
        .fill(id.lane(), nonce, actor(), reason())
        .thenApply(lane -> "")
        .exceptionally(
            failure -> {
              Throwable cause =
                  failure instanceof CompletionException wrapped && wrapped.getCause() != null
                      ? wrapped.getCause()
                      : failure;
              if (cause instanceof IllegalStateException notNow && notNow.getMessage() != null) {
                return notNow.getMessage();
              }
              throw new CompletionException(cause);
            });
  }

  private static boolean isFilled(StoredSlot slot) {
    return slot.attempts().stream().anyMatch(attempt -> attempt.kind() == AttemptKind.FILL);
  }

  private boolean isFinal(SlotId id) {
    return found(id).filter(known -> known.state() == SlotState.CONSUMED_FINAL).isPresent();
  }

  private Optional<StoredSlot> found(SlotId id) {
    return Objects.requireNonNull(journal).slot(id);
  }

  /** The wallet as the journal has it; one that it does not know is bad input. */
  static StoredLane requireLane(TransferStore store, LaneId lane) {
    return store
        .lane(lane)
        .orElseThrow(
            () ->
                Refusal.badInput(
                    "wallet "
                        + lane.address().checksummed()
                        + " is not in this journal; check --journal and the wallet"));
  }
}
