package io.payonce.store;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SubmitOptions;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which payments a list shows: those that fit every part that is given. The journal does all of the
 * choosing, so a page is full whatever the filter.
 *
 * @param states any of them; all when empty
 * @param lane in whose queue it is, or whose nonce it has
 * @param tenant exactly this one; the empty tenant is one too
 * @param acceptedFrom not before, by the clock of the instance that accepted it
 * @param acceptedUntil before, by the same clock
 * @param metadata entries that the payment has, equal to the letter; it may have others
 */
public record TransferFilter(
    Set<TransferState> states,
    Optional<LaneId> lane,
    Optional<String> tenant,
    Optional<Instant> acceptedFrom,
    Optional<Instant> acceptedUntil,
    Optional<Asset> asset,
    Optional<Address> payee,
    Map<String, String> metadata) {
  private static final TransferFilter ALL =
      new TransferFilter(
          Set.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Map.of());

  public TransferFilter {
    EnumSet<TransferState> sorted = EnumSet.noneOf(TransferState.class);
    sorted.addAll(states);
    states = Collections.unmodifiableSet(sorted);
    tenant = tenant.map(only -> new IdempotencyKey(only, "any").tenant()); // checks it
    metadata = SubmitOptions.defaults().withMetadata(metadata).metadata(); // checks and sorts it
  }

  /** Every payment. */
  public static TransferFilter all() {
    return ALL;
  }

  public TransferFilter inState(TransferState first, TransferState... more) {
    return inStates(EnumSet.of(first, more));
  }

  /** In any of these states; in any at all when there are none. */
  public TransferFilter inStates(Set<TransferState> any) {
    return new TransferFilter(
        any, lane, tenant, acceptedFrom, acceptedUntil, asset, payee, metadata);
  }

  public TransferFilter ofLane(LaneId only) {
    return new TransferFilter(
        states, Optional.of(only), tenant, acceptedFrom, acceptedUntil, asset, payee, metadata);
  }

  public TransferFilter ofTenant(String only) {
    return new TransferFilter(
        states, lane, Optional.of(only), acceptedFrom, acceptedUntil, asset, payee, metadata);
  }

  /** Accepted from the first instant on and before the second. */
  public TransferFilter acceptedBetween(Instant from, Instant until) {
    return new TransferFilter(
        states, lane, tenant, Optional.of(from), Optional.of(until), asset, payee, metadata);
  }

  /** Accepted before this instant, and before that of {@link #acceptedUntil} where there is one. */
  public TransferFilter acceptedBefore(Instant until) {
    Optional<Instant> earlier = acceptedUntil.filter(until::isAfter).or(() -> Optional.of(until));
    return new TransferFilter(states, lane, tenant, acceptedFrom, earlier, asset, payee, metadata);
  }

  public TransferFilter ofAsset(Asset only) {
    return new TransferFilter(
        states, lane, tenant, acceptedFrom, acceptedUntil, Optional.of(only), payee, metadata);
  }

  public TransferFilter toPayee(Address only) {
    return new TransferFilter(
        states, lane, tenant, acceptedFrom, acceptedUntil, asset, Optional.of(only), metadata);
  }

  /**
   * With this entry in its metadata, and with those that were asked for before.
   *
   * @throws IllegalArgumentException for what {@link SubmitOptions} would refuse
   */
  public TransferFilter withMetadata(String name, String value) {
    Map<String, String> entries = new TreeMap<>(metadata);
    entries.put(name, value);
    return new TransferFilter(
        states, lane, tenant, acceptedFrom, acceptedUntil, asset, payee, entries);
  }

  /** Whether this payment is one of them. */
  public boolean fits(StoredTransfer transfer) {
    return (states.isEmpty() || states.contains(transfer.state()))
        && lane.filter(only -> !only.equals(transfer.lane())).isEmpty()
        && tenant.filter(only -> !only.equals(transfer.key().tenant())).isEmpty()
        && acceptedFrom.filter(from -> transfer.acceptedAt().isBefore(from)).isEmpty()
        && acceptedUntil.filter(until -> !transfer.acceptedAt().isBefore(until)).isEmpty()
        && asset.filter(only -> !only.equals(transfer.transfer().amount().asset())).isEmpty()
        && payee.filter(only -> !only.equals(transfer.transfer().to())).isEmpty()
        && transfer.options().metadata().entrySet().containsAll(metadata.entrySet());
  }
}
