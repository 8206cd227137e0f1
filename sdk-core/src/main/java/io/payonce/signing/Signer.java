package io.payonce.signing;

import io.payonce.Address;
import io.payonce.ChainId;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Signs transactions of one account. Thread-safe; holds no lock across device or network calls. */
public interface Signer extends AutoCloseable {
  Address address();

  /** The chains this key is bound to; anything else is refused. */
  Set<ChainId> chains();

  /**
   * Signs. The same request again is harmless and gives the same purpose to the same slot. The
   * future completes normally; whatever is thrown counts as {@link SigningOutcome.Unavailable} that
   * may have signed.
   */
  CompletableFuture<SigningOutcome> sign(SigningRequest request);

  @Override
  void close();
}
