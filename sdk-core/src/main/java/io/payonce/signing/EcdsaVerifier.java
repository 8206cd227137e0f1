package io.payonce.signing;

import io.payonce.Bytes;
import io.payonce.Signature;
import java.util.Optional;

/**
 * Faster code for the check of signatures over secp256k1 than the portable one of this module, such
 * as a native library; see {@link io.payonce.PublicKey#verifiedBy}.
 *
 * <p>Deliberate: it names the key that it found and is not asked whether a signature is good, so
 * that code which is broken has no key to name and nothing passes by accident. Thread-safe.
 */
@FunctionalInterface
public interface EcdsaVerifier {
  /**
   * Computes the one public key that can have made a signature (SEC 1, section 4.1.6).
   *
   * @param digest 32 bytes
   * @return the uncompressed encoding, 65 bytes; empty when no key fits
   */
  Optional<Bytes> recover(Bytes digest, Signature signature);
}
