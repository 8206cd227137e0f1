package io.payonce.examples.scenario;

import io.payonce.Address;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import java.math.BigInteger;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;

/** A key in the hands of somebody else: signs whatever it is given, through web3j. */
final class TestKey {
  private final ECKeyPair pair;

  TestKey(long secret) {
    pair = ECKeyPair.create(BigInteger.valueOf(secret));
  }

  Address address() {
    return Address.of("0x" + Keys.getAddress(pair));
  }

  byte[] bytes() {
    byte[] bytes = new byte[32];
    byte[] secret = pair.getPrivateKey().toByteArray();
    System.arraycopy(secret, 0, bytes, 32 - secret.length, secret.length);
    return bytes;
  }

  SignedTransaction sign(UnsignedTransaction tx) {
    Sign.SignatureData made = Sign.signMessage(TransactionCodec.signingDigest(tx), pair, false);
    return SignedTransaction.of(
        tx,
        new Signature(
            new BigInteger(1, made.getR()), new BigInteger(1, made.getS()), made.getV()[0] - 27));
  }
}
