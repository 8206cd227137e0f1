package io.payonce.signing;

import io.payonce.AttemptId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import java.util.List;
import java.util.Optional;

/**
 * The journal as a guard sees it: who claimed which nonce for what, committed before the key is
 * asked. Blocking and short; throws {@code StoreUnavailableException} when it cannot be read.
 */
public interface SigningClaims {
  /** Every claim on a slot, in order of {@link AttemptId#sequence()}; all were committed. */
  List<Claim> claims(SlotId slot);

  /** The one slot that a transfer was ever bound to. */
  Optional<SlotId> slotOf(TransferId transfer);

  /** One committed claim. */
  record Claim(
      AttemptId attempt,
      AttemptKind kind,
      Optional<SigningRequest.Intent> intent,
      UnsignedTransaction transaction) {}
}
