package io.payonce.examples.scenario;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Bytes;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Hash;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;
import org.web3j.rlp.RlpEncoder;
import org.web3j.rlp.RlpList;
import org.web3j.rlp.RlpString;
import org.web3j.rlp.RlpType;

/** A key in the hands of somebody else: signs whatever it is given, through web3j. */
final class TestKey {
  private final ECKeyPair pair;

  TestKey(long secret) {
    this(BigInteger.valueOf(secret));
  }

  TestKey(BigInteger secret) {
    pair = ECKeyPair.create(secret);
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

  /** An entry by which this account delegates to code (EIP-7702), encoded by web3j. */
  Authorization authorize(long chainId, Address code, long nonce) {
    byte[] list =
        RlpEncoder.encode(
            new RlpList(
                RlpString.create(chainId),
                RlpString.create(code.toArray()),
                RlpString.create(nonce)));
    byte[] message = new byte[list.length + 1];
    message[0] = 0x05;
    System.arraycopy(list, 0, message, 1, list.length);
    Sign.SignatureData made = Sign.signMessage(Hash.sha3(message), pair, false);
    return new Authorization(
        BigInteger.valueOf(chainId),
        code,
        BigInteger.valueOf(nonce),
        made.getV()[0] - 27,
        new BigInteger(1, made.getR()),
        new BigInteger(1, made.getS()));
  }

  /** A transaction to itself that carries such entries, encoded by web3j. */
  Bytes setCode(long nonce, Wei fee, List<Authorization> entries) {
    List<RlpType> fields = new ArrayList<>();
    fields.add(RlpString.create(World.CHAIN.value()));
    fields.add(RlpString.create(nonce));
    fields.add(RlpString.create(fee.value()));
    fields.add(RlpString.create(fee.value()));
    fields.add(RlpString.create(21_000L + 25_000L * entries.size()));
    fields.add(RlpString.create(address().toArray()));
    fields.add(RlpString.create(0));
    fields.add(RlpString.create(new byte[0]));
    fields.add(new RlpList());
    List<RlpType> list = new ArrayList<>();
    for (Authorization entry : entries) {
      list.add(
          new RlpList(
              RlpString.create(entry.chainId()),
              RlpString.create(entry.address().toArray()),
              RlpString.create(entry.nonce()),
              RlpString.create(entry.yParity()),
              RlpString.create(entry.r()),
              RlpString.create(entry.s())));
    }
    fields.add(new RlpList(list));
    Sign.SignatureData made = Sign.signMessage(Hash.sha3(typed(fields)), pair, false);
    fields.add(RlpString.create(made.getV()[0] - 27));
    fields.add(RlpString.create(new BigInteger(1, made.getR())));
    fields.add(RlpString.create(new BigInteger(1, made.getS())));
    return Bytes.of(typed(fields));
  }

  private static byte[] typed(List<RlpType> fields) {
    byte[] list = RlpEncoder.encode(new RlpList(fields));
    byte[] bytes = new byte[list.length + 1];
    bytes[0] = 0x04;
    System.arraycopy(list, 0, bytes, 1, list.length);
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
