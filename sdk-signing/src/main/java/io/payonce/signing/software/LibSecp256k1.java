package io.payonce.signing.software;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libsecp256k1 that are used (bitcoin-core/secp256k1, {@code secp256k1.h} and
 * {@code secp256k1_recovery.h}), under their names there. 1 is success, 0 is failure.
 *
 * <p>Deliberate: private keys are direct buffers, which C reads where they are; what is no secret
 * is an array, of which C sees a copy. A broken precondition (an array too short, a parity above 3,
 * a public key that no function filled) ends the process, so {@link NativeCurve} is the only
 * caller.
 */
@SuppressWarnings("checkstyle:MethodName")
final class LibSecp256k1 {
  static final int CONTEXT_NONE = 1;
  static final int EC_UNCOMPRESSED = 1 << 1;

  /** The size of C's own forms of a public key and of a signature with parity. */
  static final int PUBKEY_SIZE = 64;

  static final int RECOVERABLE_SIZE = 65;

  private LibSecp256k1() {}

  static native Pointer secp256k1_context_create(int flags);

  static native int secp256k1_context_randomize(Pointer context, byte[] seed32);

  static native int secp256k1_ec_pubkey_create(
      Pointer context, byte[] pubkey, ByteBuffer secretKey);

  static native int secp256k1_ec_pubkey_serialize(
      Pointer context, byte[] output, long[] outputLength, byte[] pubkey, int flags);

  static native int secp256k1_ecdsa_sign_recoverable(
      Pointer context,
      byte[] signature,
      byte[] digest32,
      ByteBuffer secretKey,
      @Nullable Pointer nonceFunction,
      @Nullable Pointer nonceData);

  static native int secp256k1_ecdsa_recoverable_signature_serialize_compact(
      Pointer context, byte[] output64, int[] parity, byte[] signature);

  static native int secp256k1_ecdsa_recoverable_signature_parse_compact(
      Pointer context, byte[] signature, byte[] input64, int parity);

  static native int secp256k1_ecdsa_recover(
      Pointer context, byte[] pubkey, byte[] signature, byte[] digest32);
}
