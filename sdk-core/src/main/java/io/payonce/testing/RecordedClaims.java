package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.SigningClaims;
import io.payonce.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Claims in memory, for tests of signers without a journal. It takes any claim, also one that a
 * real journal would refuse; like a real journal it binds a transfer to its first slot for ever and
 * changes no claim. Thread-safe.
 */
public final class RecordedClaims implements SigningClaims {
  @GuardedBy("this")
  private final Map<SlotId, List<Claim>> claims = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<TransferId, SlotId> bound = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean readable = true;

  /** Adds a claim after the others of its slot. */
  public synchronized void commit(Claim claim) {
    SlotId slot = claim.attempt().slot();
    claims.computeIfAbsent(slot, first -> new ArrayList<>()).add(claim);
    claim.intent().ifPresent(intent -> bound.putIfAbsent(intent.transfer(), slot));
  }

  /** From now on every read fails as that of a lost database does, or works again. */
  public synchronized void setReadable(boolean readable) {
    this.readable = readable;
  }

  @Override
  public synchronized List<Claim> claims(SlotId slot) {
    requireReadable();
    return List.copyOf(claims.getOrDefault(slot, List.of()));
  }

  @Override
  public synchronized Optional<SlotId> slotOf(TransferId transfer) {
    requireReadable();
    return Optional.ofNullable(bound.get(transfer));
  }

  @GuardedBy("this")
  private void requireReadable() {
    if (!readable) {
      throw new StoreUnavailableException(
          StoreUnavailableException.Outcome.NOT_APPLIED, "claims are switched off");
    }
  }
}
