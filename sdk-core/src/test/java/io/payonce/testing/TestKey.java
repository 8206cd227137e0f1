package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.internal.Secp256k1;
import java.math.BigInteger;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;

/** A key for tests of the simulated chain: small, deterministic (RFC 6979), worth nothing. */
final class TestKey {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final ECDomainParameters DOMAIN = new ECDomainParameters(CURVE);

  private final BigInteger secret;
  private final PublicKey publicKey;

  TestKey(long secret) {
    this.secret = BigInteger.valueOf(secret);
    this.publicKey = PublicKey.of(Bytes.of(CURVE.getG().multiply(this.secret).getEncoded(false)));
  }

  Address address() {
    return publicKey.address();
  }

  SignedTransaction sign(UnsignedTransaction tx) {
    byte[] digest = TransactionCodec.signingDigest(tx);
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, new ECPrivateKeyParameters(secret, DOMAIN));
    BigInteger[] rs = signer.generateSignature(digest);
    BigInteger s = rs[1].compareTo(Secp256k1.HALF_N) > 0 ? Secp256k1.N.subtract(rs[1]) : rs[1];
    return SignedTransaction.by(publicKey, tx, rs[0], s).orElseThrow();
  }
}
