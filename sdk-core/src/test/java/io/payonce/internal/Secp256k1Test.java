package io.payonce.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;

/** web3j signs; what it recovers is compared with what we compute. */
class Secp256k1Test {
  private static byte[] uncompressed(ECKeyPair pair) {
    String hex = pair.getPublicKey().toString(16);
    return Hex.decode("key", "0x04" + "0".repeat(128 - hex.length()) + hex);
  }

  @Test
  void agrees_with_web3j_on_parity_and_address() {
    long seed = 256;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      ECKeyPair pair = ECKeyPair.create(new BigInteger(255, random).add(BigInteger.ONE));
      byte[] digest = new byte[32];
      random.nextBytes(digest);
      Sign.SignatureData signed = Sign.signMessage(digest, pair, false);
      BigInteger r = new BigInteger(1, signed.getR());
      BigInteger s = new BigInteger(1, signed.getS());
      int parity = signed.getV()[0] - 27;
      String seen = "seed " + seed + " round " + round;
      Secp256k1.Verifier key = new Secp256k1.Verifier(uncompressed(pair));
      assertThat(key.yParity(digest, r, s)).as(seen).isEqualTo(parity);
      assertThat(Hex.encode(Secp256k1.recoverAddress(digest, r, s, parity)))
          .as(seen)
          .isEqualTo("0x" + Keys.getAddress(pair));
      assertThat(Secp256k1.recoverAddress(digest, r, s, 1 - parity))
          .as(seen)
          .isNotEqualTo(Secp256k1.address(uncompressed(pair)));
      // The mirrored signature has the other parity and the same signer.
      BigInteger high = Secp256k1.N.subtract(s);
      assertThat(key.yParity(digest, r, high)).isEqualTo(1 - parity);
      digest[0] ^= 1;
      assertThat(key.yParity(digest, r, s)).as(seen).isNull();
    }
  }

  @Test
  void recovers_nothing_from_an_r_that_is_on_no_point() {
    byte[] digest = Keccak256.of("x".getBytes(StandardCharsets.US_ASCII));
    // 5 is the x of no point of the curve: 5^3 + 7 = 132 is no square modulo p.
    assertThat(Secp256k1.recoverAddress(digest, BigInteger.valueOf(5), BigInteger.ONE, 0)).isNull();
    assertThat(Secp256k1.recoverAddress(digest, BigInteger.ONE, BigInteger.ONE, 0)).isNotNull();
  }

  @Test
  void refuses_keys_that_are_no_points() {
    assertThatThrownBy(() -> Secp256k1.uncompressed(new byte[] {0}))
        .isInstanceOf(IllegalArgumentException.class);
    byte[] off = new byte[65];
    off[0] = 4;
    off[64] = 1;
    assertThatThrownBy(() -> Secp256k1.uncompressed(off))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The empty input's hash, as every Ethereum client has it (not that of SHA3-256). */
  @Test
  void hashes_with_the_original_keccak_padding() {
    assertThat(Hex.encode(Keccak256.of(new byte[0])))
        .isEqualTo("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assertThat(Hex.encode(Keccak256.of(new byte[] {'a'}, new byte[] {'b', 'c'})))
        .isEqualTo("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  }
}
