package io.payonce.signing.software;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.Signature;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.EcdsaVerifier;
import io.payonce.signing.internal.RawSigner.RawSignature;
import io.payonce.signing.software.NativeUnavailableException.Reason;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.util.BigIntegers;

/**
 * ECDSA over secp256k1 in libsecp256k1, in time that does not depend on the key. The key stays in
 * its direct buffer; C reads it there and leaves no copy.
 *
 * <p>One context for the process, randomised once against side channels and constant from then on,
 * so that calls need no lock.
 */
final class NativeCurve implements Curve, EcdsaVerifier {
  private static final int SCALAR = 32;

  /**
   * RTLD_NOW, RTLD_LOCAL and RTLD_DEEPBIND of Linux: the library shows its functions to no other,
   * and uses its own although another libsecp256k1 of the process may show functions of that name.
   */
  private static final int OPEN_FLAGS = 0x2 | 0x8;

  private static final int CHECKED_DIGESTS = 64;

  private final Pointer context;

  private NativeCurve(Pointer context) {
    this.context = context;
  }

  /**
   * Loads the library and compares it with the portable code.
   *
   * @param random for the context, and for a key and digests that are used once
   */
  static NativeCurve open(Path library, SecureRandom random) {
    Native.register(
        LibSecp256k1.class,
        NativeLibrary.getInstance(
            library.toString(), Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS)));
    Pointer context = LibSecp256k1.secp256k1_context_create(LibSecp256k1.CONTEXT_NONE);
    require(LibSecp256k1.secp256k1_context_randomize(context, randomBytes(random)), "randomize");
    NativeCurve curve = new NativeCurve(context);
    curve.compare(new PortableCurve(), random);
    return curve;
  }

  @Override
  public PublicKey publicKey(ByteBuffer key) {
    byte[] pubkey = new byte[LibSecp256k1.PUBKEY_SIZE];
    if (LibSecp256k1.secp256k1_ec_pubkey_create(context, pubkey, key) == 0) {
      throw Curve.notAKey();
    }
    return PublicKey.of(uncompressed(pubkey)).verifiedBy(this);
  }

  @Override
  public RawSignature sign(ByteBuffer key, byte[] digest) {
    byte[] signature = new byte[LibSecp256k1.RECOVERABLE_SIZE];
    require(
        LibSecp256k1.secp256k1_ecdsa_sign_recoverable(
            context, signature, thirtyTwo(digest), key, null, null),
        "sign");
    byte[] compact = new byte[2 * SCALAR];
    int[] parity = new int[1];
    require(
        LibSecp256k1.secp256k1_ecdsa_recoverable_signature_serialize_compact(
            context, compact, parity, signature),
        "serialize");
    if (parity[0] > 1) {
      // The k had R.x >= n, whose parity has no place in Ethereum's bit: a chance of 2^-127.
      throw new IllegalStateException("libsecp256k1 took a k whose R.x is not below n");
    }
    return new RawSignature(
        new BigInteger(1, compact, 0, SCALAR),
        new BigInteger(1, compact, SCALAR, SCALAR),
        OptionalInt.of(parity[0]));
  }

  @Override
  public Optional<Bytes> recover(Bytes digest, Signature signature) {
    byte[] compact = new byte[2 * SCALAR];
    BigIntegers.asUnsignedByteArray(signature.r(), compact, 0, SCALAR);
    BigIntegers.asUnsignedByteArray(signature.s(), compact, SCALAR, SCALAR);
    byte[] parsed = new byte[LibSecp256k1.RECOVERABLE_SIZE];
    require(
        LibSecp256k1.secp256k1_ecdsa_recoverable_signature_parse_compact(
            context, parsed, compact, signature.yParity()),
        "parse"); // a Signature is in range
    byte[] pubkey = new byte[LibSecp256k1.PUBKEY_SIZE];
    return LibSecp256k1.secp256k1_ecdsa_recover(
                context, pubkey, parsed, thirtyTwo(digest.toArray()))
            == 0
        ? Optional.empty()
        : Optional.of(uncompressed(pubkey));
  }

  private Bytes uncompressed(byte[] pubkey) {
    byte[] encoded = new byte[65];
    require(
        LibSecp256k1.secp256k1_ec_pubkey_serialize(
            context, encoded, new long[] {encoded.length}, pubkey, LibSecp256k1.EC_UNCOMPRESSED),
        "serialize");
    return Bytes.of(encoded);
  }

  /** The same public key, r, s and parity as the other, and the key recovered from them. */
  private void compare(PortableCurve portable, SecureRandom random) {
    ByteBuffer key = ByteBuffer.allocateDirect(KEY_LENGTH).put(0, randomBytes(random));
    PublicKey expected = portable.publicKey(key);
    boolean same = publicKey(key).equals(expected);
    for (int i = 0; same && i < CHECKED_DIGESTS; i++) {
      byte[] digest = randomBytes(random);
      RawSignature ours = sign(key, digest);
      RawSignature theirs = portable.sign(key, digest);
      same =
          ours.r().equals(theirs.r())
              && ours.s().equals(theirs.s().min(Secp256k1.N.subtract(theirs.s())))
              && ours.yParity().equals(expected.yParity(Bytes.of(digest), ours.r(), ours.s()))
              && recover(
                      Bytes.of(digest),
                      new Signature(ours.r(), ours.s(), ours.yParity().orElseThrow()))
                  .equals(Optional.of(expected.bytes()));
    }
    if (!same) {
      throw new NativeUnavailableException(
          Reason.RESULTS_DIFFER, "library gives other results than the portable code");
    }
  }

  private static byte[] thirtyTwo(byte[] digest) {
    if (digest.length != SCALAR) {
      throw new IllegalArgumentException(
          "digest has " + digest.length + " bytes, must be " + SCALAR);
    }
    return digest;
  }

  private static void require(int result, String call) {
    if (result != 1) {
      throw new IllegalStateException("libsecp256k1 failed to " + call);
    }
  }

  private static byte[] randomBytes(SecureRandom random) {
    byte[] bytes = new byte[SCALAR];
    random.nextBytes(bytes);
    return bytes;
  }
}
