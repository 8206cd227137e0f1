package io.payonce.signing;

import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.Fingerprint;
import io.payonce.TransactionCodec;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import java.util.Optional;

/**
 * One transaction to sign, with its purpose.
 *
 * @param intent the payment it makes; empty for {@link AttemptKind#FILL}
 * @param previous signing digest of the attempt it replaces; empty for the first of a slot
 */
public record SigningRequest(
    AttemptId attempt,
    AttemptKind kind,
    Optional<Intent> intent,
    Optional<Bytes> previous,
    UnsignedTransaction transaction) {

  /** What a payment is for. */
  public record Intent(TransferId transfer, Fingerprint fingerprint) {}

  /** The 32 bytes to sign: derived here, never passed in. */
  public Bytes digest() {
    return Bytes.of(TransactionCodec.signingDigest(transaction));
  }
}
