package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.internal.Keccak256;
import io.payonce.internal.Rlp;
import io.payonce.signing.guard.SigningKey;
import io.payonce.signing.internal.RawSigner;
import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * A key whose k is drawn anew for each signature, as HSMs do: the same transaction gets another
 * hash each time. Deterministic by its dice, and no secret to anybody.
 */
final class WalletKey extends SigningKey {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final ECMultiplier COMB = new FixedPointCombMultiplier();

  private final RandomK signer;

  private WalletKey(Bytes publicKey, RandomK signer) {
    super(publicKey, signer);
    this.signer = signer;
  }

  static WalletKey of(byte[] secret, SplittableRandom dice) {
    BigInteger d = new BigInteger(1, secret);
    byte[] point = COMB.multiply(CURVE.getG(), d).getEncoded(false);
    return new WalletKey(Bytes.of(point), new RandomK(d, dice));
  }

  /** Signs whatever it is given, which only a broken device does. */
  SignedTransaction signUnasked(UnsignedTransaction tx) {
    RawSigner.RawSignature raw = signer.sign(TransactionCodec.signingDigest(tx));
    BigInteger low = raw.s().min(CURVE.getN().subtract(raw.s()));
    SignedTransaction even = SignedTransaction.of(tx, new Signature(raw.r(), low, 0));
    return even.sender().equals(address())
        ? even
        : SignedTransaction.of(tx, new Signature(raw.r(), low, 1));
  }

  /**
   * An entry of a type-4 transaction (EIP-7702) that takes a nonce of this account.
   *
   * @param code what the account delegates to from then on; zero for an account without code
   */
  Authorization authorize(ChainId chain, Address code, long nonce) {
    byte[] entry =
        Rlp.encode(
            Rlp.list(
                List.of(Rlp.integer(chain.value()), Rlp.text(code.toArray()), Rlp.integer(nonce))));
    byte[] message = new byte[entry.length + 1];
    message[0] = 0x05;
    System.arraycopy(entry, 0, message, 1, entry.length);
    RawSigner.RawSignature raw = signer.sign(Keccak256.of(message));
    BigInteger low = raw.s().min(CURVE.getN().subtract(raw.s()));
    Authorization even = authorization(chain, code, nonce, 0, raw.r(), low);
    return even.authority(chain).filter(address()::equals).isPresent()
        ? even
        : authorization(chain, code, nonce, 1, raw.r(), low);
  }

  private static Authorization authorization(
      ChainId chain, Address code, long nonce, int parity, BigInteger r, BigInteger s) {
    return new Authorization(
        BigInteger.valueOf(chain.value()), code, BigInteger.valueOf(nonce), parity, r, s);
  }

  private static final class RandomK implements RawSigner {
    private final BigInteger d;
    private final SplittableRandom dice;

    RandomK(BigInteger d, SplittableRandom dice) {
      this.d = d;
      this.dice = dice;
    }

    @Override
    public RawSignature sign(byte[] digest) {
      BigInteger n = CURVE.getN();
      byte[] bytes = new byte[32];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) dice.nextInt(256);
      }
      BigInteger k = new BigInteger(1, bytes).mod(n.subtract(BigInteger.ONE)).add(BigInteger.ONE);
      BigInteger r =
          COMB.multiply(CURVE.getG(), k).normalize().getAffineXCoord().toBigInteger().mod(n);
      BigInteger s = k.modInverse(n).multiply(new BigInteger(1, digest).add(r.multiply(d))).mod(n);
      return new RawSignature(r, s);
    }

    @Override
    public void close() {
      // the simulated device outlives its callers
    }
  }
}
