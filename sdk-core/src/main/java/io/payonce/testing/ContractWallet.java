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

/** A wallet whose key is a small number that everybody knows: for contract tests only. */
final class ContractWallet {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");

  private final BigInteger key;
  private final PublicKey publicKey;

  ContractWallet(long key) {
    this.key = BigInteger.valueOf(key);
    this.publicKey = PublicKey.of(Bytes.of(CURVE.getG().multiply(this.key).getEncoded(false)));
  }

  Address address() {
    return publicKey.address();
  }

  /** Signs with the nonce of RFC 6979, so the same transaction has the same bytes. */
  SignedTransaction sign(UnsignedTransaction tx) {
    byte[] digest = TransactionCodec.signingDigest(tx);
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, new ECPrivateKeyParameters(key, new ECDomainParameters(CURVE)));
    BigInteger[] rs = signer.generateSignature(digest);
    BigInteger s = rs[1].min(Secp256k1.N.subtract(rs[1]));
    return SignedTransaction.by(publicKey, tx, rs[0], s).orElseThrow();
  }
}
