package io.payonce.signing.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.UnsignedTransaction.Legacy;
import io.payonce.Wei;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.testing.RecordedClaims;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;

/** The bytes that leave, against published ones and against web3j's. */
final class SignedBytesTest {
  private static final long SEED = 155_1559;
  private static final Wei MOST = Wei.of(BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE));

  @Test
  void signs_the_example_of_eip_155_to_its_published_bytes() {
    UnsignedTransaction tx =
        new Legacy(
            ChainId.of(1),
            9,
            Wei.gwei(20),
            BigInteger.valueOf(21_000),
            Address.of("0x3535353535353535353535353535353535353535"),
            Wei.ofCoins("1"),
            Bytes.EMPTY);

    SignedTransaction signed = sign(HexFormat.of().parseHex("46".repeat(32)), tx);

    assertThat(signed.raw().toHex())
        .isEqualTo(
            "0xf86c098504a817c800825208943535353535353535353535353535353535353535880"
                + "de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63"
                + "e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297"
                + "fb1966a3b6d83");
  }

  @Test
  void signs_as_web3j_does_and_always_low() {
    Random random = new Random(SEED);
    for (int i = 0; i < 200; i++) {
      byte[] key = bytes(random, 32);
      key[0] &= 0x7f; // below n
      ChainId chain = ChainId.of(1 + random.nextInt(Integer.MAX_VALUE - 1));
      UnsignedTransaction tx = i % 2 == 0 ? legacy(random, chain) : dynamic(random, chain);

      SignedTransaction signed = sign(key, tx);

      Credentials web3j = Credentials.create(HexFormat.of().formatHex(key));
      assertThat(signed.raw().toHex())
          .as("seed %d, transaction %d", SEED, i)
          .isEqualTo("0x" + HexFormat.of().formatHex(web3jBytes(tx, web3j)));
      assertThat(signed.sender().value()).isEqualTo(web3j.getAddress());
      assertThat(SignedTransaction.of(tx, signed.signature()).sender()).isEqualTo(signed.sender());
      assertThat(signed.signature().s()).isLessThanOrEqualTo(Secp256k1.HALF_N);
    }
  }

  private static byte[] web3jBytes(UnsignedTransaction tx, Credentials credentials) {
    BigInteger nonce = BigInteger.valueOf(tx.nonce());
    long chain = tx.chain().value();
    String data = tx.data().toHex();
    if (tx instanceof Legacy legacy) {
      RawTransaction raw =
          RawTransaction.createTransaction(
              nonce,
              legacy.gasPrice().value(),
              tx.gasLimit(),
              tx.to().value(),
              tx.value().value(),
              data);
      return TransactionEncoder.signMessage(raw, chain, credentials);
    }
    RawTransaction raw =
        RawTransaction.createTransaction(
            chain,
            nonce,
            tx.gasLimit(),
            tx.to().value(),
            tx.value().value(),
            data,
            tx.maxPriorityFeePerGas().value(),
            tx.maxFeePerGas().value());
    return TransactionEncoder.signMessage(raw, credentials);
  }

  private static Legacy legacy(Random random, ChainId chain) {
    return new Legacy(
        chain,
        random.nextInt(Integer.MAX_VALUE),
        Wei.of(number(random, 60)),
        BigInteger.valueOf(21_000 + random.nextInt(1_000_000)),
        Address.of(bytes(random, 20)),
        Wei.of(number(random, 96)),
        Bytes.EMPTY);
  }

  private static DynamicFee dynamic(Random random, ChainId chain) {
    Wei tip = Wei.of(number(random, 40));
    return new DynamicFee(
        chain,
        random.nextInt(Integer.MAX_VALUE),
        tip,
        tip.plus(Wei.of(number(random, 60))),
        BigInteger.valueOf(21_000 + random.nextInt(1_000_000)),
        TOKEN,
        Wei.ZERO,
        Erc20Calls.transfer(Address.of(bytes(random, 20)), number(random, 200)),
        List.of());
  }

  private static final Address TOKEN = Address.of("0x" + "70".repeat(20));

  private static SignedTransaction sign(byte[] bytes, UnsignedTransaction tx) {
    SoftwareKey key =
        SoftwareKey.fromBytes(bytes, InsecureKeyAccess.acknowledge("keys of this test"));
    RecordedClaims claims = new RecordedClaims();
    SigningRequest request =
        new SigningRequest(
            new AttemptId(new SlotId(new LaneId(tx.chain(), key.address()), tx.nonce()), 1),
            AttemptKind.PAYMENT,
            Bench.intent(1),
            Optional.empty(),
            tx);
    claims.commit(Bench.claim(request));
    GuardedSigner signer =
        GuardedSigner.builder()
            .key(key)
            .chains(tx.chain())
            .claimsIn(claims)
            .limits(
                GuardLimits.of(
                    MOST,
                    TokenAmount.ofWei(tx.chain(), MOST),
                    TokenAmount.of(new Asset.Erc20(tx.chain(), TOKEN), MOST.value())))
            .executor(Runnable::run)
            .build();
    assertThat(signer.sign(request).join()).isInstanceOf(Signed.class);
    return ((Signed) signer.sign(request).join()).transaction();
  }

  private static BigInteger number(Random random, int bits) {
    return new BigInteger(bits, random).add(BigInteger.ONE);
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
