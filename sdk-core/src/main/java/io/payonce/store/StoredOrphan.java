package io.payonce.store;

import io.payonce.Address;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A payment of a lane that the chain has and the journal never asked for: sent by a newer journal
 * of which this one is a backup, or by somebody else with the key. While nobody has said whose it
 * is, no transfer like it is bound, whichever lane of the chain it would be paid from.
 *
 * @param slot the nonce that it took
 * @param payee who received it
 * @param amount what the call asked to move
 * @param claimedBy the transfer that it pays, once a person said so
 * @param dismissedFor transfers that are other payments, as a person said
 */
public record StoredOrphan(
    SlotId slot,
    TransactionHash hash,
    Address payee,
    TokenAmount amount,
    Optional<TransferId> claimedBy,
    Set<TransferId> dismissedFor) {
  public StoredOrphan {
    dismissedFor = Collections.unmodifiableSortedSet(new TreeSet<>(dismissedFor));
  }

  /** One that nobody has said anything about. */
  public static StoredOrphan found(
      SlotId slot, TransactionHash hash, Address payee, TokenAmount amount) {
    return new StoredOrphan(slot, hash, payee, amount, Optional.empty(), Set.of());
  }

  /** Whether a payment of this amount, and so on its chain, to this payee is like it. */
  public boolean isLike(Address to, TokenAmount paid) {
    return payee.equals(to) && amount.equals(paid);
  }

  /**
   * Whether it may be this transfer's payment. A group is not known by its amount, as it may have
   * paid some of its members only: any payment through its contract may be it.
   */
  public boolean isLike(StoredTransfer transfer) {
    return transfer.group().isPresent()
        ? payee.equals(transfer.transfer().to())
            && slot.lane().chain().equals(transfer.lane().chain())
        : isLike(transfer.transfer().to(), transfer.transfer().amount());
  }

  /** Whether both are the same transaction on the same nonce. */
  public boolean isSame(StoredOrphan other) {
    return slot.equals(other.slot) && hash.equals(other.hash);
  }

  /** Whether it stands in the way of a transfer like it. */
  public boolean holds(TransferId transfer) {
    return claimedBy.isEmpty() && !dismissedFor.contains(transfer);
  }

  /** The same orphan, as the payment of a transfer. */
  public StoredOrphan claimed(TransferId transfer) {
    return new StoredOrphan(slot, hash, payee, amount, Optional.of(transfer), dismissedFor);
  }

  /** The same orphan, known to be another payment than a transfer. */
  public StoredOrphan dismissed(TransferId transfer) {
    Set<TransferId> all = new TreeSet<>(dismissedFor);
    all.add(transfer);
    return new StoredOrphan(slot, hash, payee, amount, claimedBy, all);
  }
}
