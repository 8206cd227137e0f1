package io.payonce.submit.internal;

import io.payonce.Bytes;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.fee.BumpDecision;
import io.payonce.fee.FeeQuote;
import io.payonce.signing.AttemptKind;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Transfers of nothing for nonces that no payment holds, so that none strands what is above it. */
final class Filling {
  private final LaneMemory m;
  private final Sending sending;

  Filling(LaneMemory memory) {
    this.m = memory;
    this.sending = new Sending(memory);
  }

  /**
   * Nonces that were given back and may be given out again, the lowest first: not those that
   * somebody else has used since.
   */
  static Stream<StoredSlot> released(LaneMemory m) {
    return m.view.slots().values().stream()
        .filter(slot -> slot.state() == SlotState.RELEASED && !m.isUsed(slot));
  }

  /**
   * A nonce that was given back below one in use would strand everything above it. So would one
   * without a payment under which finality broke, when nothing that it had is sent again: a
   * transaction of the host's that had reverted for good, as it may have been done again since; or
   * whatever had its bytes archived, a fill too.
   */
  void fillGaps() {
    List<StoredSlot> open = m.open();
    for (int i = 0; i < open.size(); i++) {
      StoredSlot slot = open.get(i);
      boolean gap =
          slot.state() == SlotState.RELEASED
              && open.subList(i + 1, open.size()).stream().anyMatch(Filling::isInUse);
      if ((gap || isGivenUp(slot)) && !sending.isPlanned(slot.id())) {
        BumpDecision decision = decide(slot);
        if (decision instanceof BumpDecision.Bump bump) {
          fill(slot, bump.quote());
        } else if (decision instanceof BumpDecision.Exhausted exhausted) {
          sending.alert(slot, "FEE_CAP_REACHED: " + exhausted.detail());
        }
      }
    }
  }

  private static boolean isInUse(StoredSlot slot) {
    return slot.state() != SlotState.RELEASED && slot.state() != SlotState.RESERVED;
  }

  private static boolean isGivenUp(StoredSlot slot) {
    return slot.state() == SlotState.EXPOSED
        && slot.transfer().isEmpty()
        && LaneMemory.newest(slot).filter(a -> a.state().isEnded()).isPresent()
        && slot.attempts().stream().allMatch(Filling::isSentByNobodyHere);
  }

  /** It has ended, or only the host's own signer ever had its bytes. */
  private static boolean isSentByNobodyHere(StoredAttempt attempt) {
    return attempt.state().isEnded()
        || (attempt.kind() == AttemptKind.HOST && attempt.signed().isEmpty());
  }

  /**
   * Lets a transfer of nothing race for a nonce that something foreign holds or a host's own
   * transaction, or for the lane's next one: bytes that the journal does not know may exist for it.
   * Empty when it was planned, or why it cannot be now.
   */
  Optional<String> fill(long nonce, String reason) {
    SlotId id = new SlotId(m.context.lane(), nonce);
    StoredSlot slot = m.view.slots().get(nonce);
    boolean isNext = nonce == m.view.lane().nextNonce();
    Optional<String> obstacle =
        slot == null
            ? Optional.of("nonce " + nonce + " is not the next one").filter(why -> !isNext)
            : notToFill(slot);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    if (m.isFrozen() && !m.view.lane().isBehindTheChain()) {
      return Optional.of("the wallet is frozen: resume it first");
    }
    if (m.seen.isEmpty()) {
      return Optional.of("the chain is not seen yet");
    }
    if (sending.isPlanned(id)) {
      return Optional.of("another transaction of this nonce is being stored");
    }
    StoredSlot filled =
        slot != null
            ? slot
            : new StoredSlot(id, SlotState.RELEASED, Optional.empty(), List.of(), Optional.empty());
    if (!(decide(filled) instanceof BumpDecision.Bump bump)) {
      return Optional.of("the fee limits allow no transaction now");
    }
    if (slot == null) {
      m.spending.add(new JournalChange.SlotTaken(id, SlotState.RELEASED));
    } else if (slot.state() == SlotState.RESERVED) {
      m.spending.add(
          new JournalChange.SlotMoved(
              id, SlotState.RESERVED, SlotState.RELEASED, Optional.empty()));
    }
    m.alerts.add("nonce " + nonce + " is filled: " + reason);
    fill(filled, bump.quote());
    return Optional.empty();
  }

  private Optional<String> notToFill(StoredSlot slot) {
    boolean filledBefore =
        slot.attempts().stream().anyMatch(attempt -> attempt.kind() == AttemptKind.FILL);
    if (!slot.state().isOpen() || slot.transfer().isPresent() || filledBefore) {
      return Optional.of(
          "nonce "
              + slot.id().nonce()
              + " is not held by something foreign or by a transaction of the host's own");
    }
    // An old backup: its successor may have used the nonce.
    boolean waits = slot.state() == SlotState.RESERVED && !m.view.lane().isBehindTheChain();
    return Optional.of("nonce " + slot.id().nonce() + " is reserved, and nothing was intended")
        .filter(why -> waits);
  }

  private void fill(StoredSlot slot, FeeQuote quote) {
    sending.add(slot, AttemptKind.FILL, nothing(slot, quote), quote.worst());
  }

  /** It has to replace what the host may have sent; otherwise it is the first in any pool. */
  private BumpDecision decide(StoredSlot slot) {
    UnsignedTransaction old =
        LaneMemory.newest(slot)
            .map(StoredAttempt::transaction)
            .orElseGet(() -> nothing(slot, new Binding(m).freeQuote()));
    return m.context.fees().bumpForCancel(m.seen.orElseThrow().fees(), m.context.policy(), old);
  }

  private UnsignedTransaction nothing(StoredSlot slot, FeeQuote quote) {
    return new Binding(m)
        .transaction(slot.id().nonce(), quote, m.context.lane().address(), Wei.ZERO, Bytes.EMPTY);
  }
}
