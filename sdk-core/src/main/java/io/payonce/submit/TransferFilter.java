package io.payonce.submit;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.LaneId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which payments a list shows: those that fit every part that is given.
 *
 * @param states any of them; all when empty
 * @param tenant exactly this one; the empty tenant is one too
 * @param acceptedFrom not before
 * @param acceptedUntil before
 */
public record TransferFilter(
    Set<TransferState> states,
    Optional<LaneId> lane,
    Optional<String> tenant,
    Optional<Instant> acceptedFrom,
    Optional<Instant> acceptedUntil,
    Optional<Asset> asset,
    Optional<Address> payee) {
  private static final TransferFilter ALL =
      new TransferFilter(
          Set.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public TransferFilter {
    EnumSet<TransferState> sorted = EnumSet.noneOf(TransferState.class);
    sorted.addAll(states);
    states = Collections.unmodifiableSet(sorted);
  }

  /** Every payment. */
  public static TransferFilter all() {
    return ALL;
  }

  public TransferFilter inState(TransferState first, TransferState... more) {
    return new TransferFilter(
        EnumSet.of(first, more), lane, tenant, acceptedFrom, acceptedUntil, asset, payee);
  }

  public TransferFilter ofLane(LaneId only) {
    return new TransferFilter(
        states, Optional.of(only), tenant, acceptedFrom, acceptedUntil, asset, payee);
  }

  public TransferFilter ofTenant(String only) {
    return new TransferFilter(
        states, lane, Optional.of(only), acceptedFrom, acceptedUntil, asset, payee);
  }

  /** Accepted from the first instant on and before the second. */
  public TransferFilter acceptedBetween(Instant from, Instant until) {
    return new TransferFilter(
        states, lane, tenant, Optional.of(from), Optional.of(until), asset, payee);
  }

  public TransferFilter ofAsset(Asset only) {
    return new TransferFilter(
        states, lane, tenant, acceptedFrom, acceptedUntil, Optional.of(only), payee);
  }

  public TransferFilter toPayee(Address only) {
    return new TransferFilter(
        states, lane, tenant, acceptedFrom, acceptedUntil, asset, Optional.of(only));
  }

  boolean fits(StoredTransfer transfer) {
    return (states.isEmpty() || states.contains(transfer.state()))
        && lane.filter(only -> !only.equals(transfer.lane())).isEmpty()
        && tenant.filter(only -> !only.equals(transfer.key().tenant())).isEmpty()
        && acceptedFrom.filter(from -> transfer.acceptedAt().isBefore(from)).isEmpty()
        && acceptedUntil.filter(until -> !transfer.acceptedAt().isBefore(until)).isEmpty()
        && asset.filter(only -> !only.equals(transfer.transfer().amount().asset())).isEmpty()
        && payee.filter(only -> !only.equals(transfer.transfer().to())).isEmpty();
  }
}
