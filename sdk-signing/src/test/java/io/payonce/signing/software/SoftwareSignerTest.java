package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.internal.Secp256k1;
import io.payonce.signing.internal.KeyClosedException;
import io.payonce.signing.internal.RawSigner.RawSignature;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Vectors: bitcoinjs/bitcoinjs-lib, test/fixtures/ecdsa.json (MIT), over SHA-256 of the message.
 */
final class SoftwareSignerTest {
  private static final HexFormat HEX = HexFormat.of();

  /** Both kinds of code; only Linux has the native one. */
  private static final List<NativeMode> MODES =
      OS.LINUX.isCurrentOs()
          ? List.of(NativeMode.OFF, NativeMode.REQUIRED)
          : List.of(NativeMode.OFF);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          test data | fee0a1f7afebf9d2a5a80c0c98a31c709681cce195cbcd06342b517970c0be1e | fcce1de7a9bcd6b2d3defade6afa1913fb9229e3b7ddf4749b55c4848b2a196e | 727fbcb59eb48b1d7d46f95a04991fc512eb9dbf9105628e3aec87428df28fd8 | 398f0e2c9f79728f7b3d84d447ac3a86d8b2083c8f234a0ffa9c4043d68bd258
          Everything should be made as simple as possible, but not simpler. | 0000000000000000000000000000000000000000000000000000000000000001 | ec633bd56a5774a0940cb97e27a9e4e51dc94af737596a0c5cbb3d30332d92a5 | df55b6d1b5c48184622b0ead41a0e02bfa5ac3ebdb4c34701454e80aabf36f56 | def007a9a3c2f7c769c75da9d47f2af84075af95cadd1407393dc1e26086ef87
          Satoshi Nakamoto | 0000000000000000000000000000000000000000000000000000000000000002 | d3edc1b8224e953f6ee05c8bbf7ae228f461030e47caf97cde91430b4607405e | f86d8e43c09a6a83953f0ab6d0af59fb7446b4660119902e9967067596b58374 | 241d1f57d6cfd2f73b1ada7907b199951f95ef5ad362b13aed84009656e0254a
          Diffie Hellman | 7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f | c378a41cb17dce12340788dd3503635f54f894c306d52f6e9bc4b8f18d27afcc | 90756c96fef41152ac9abe08819c4e95f16da2af472880192c69a2b7bac29114 | 7b3f53300ab0ccd0f698f4d67db87c44cf3e9e513d9df61137256652b2e94e7c
          Japan | 8080808080808080808080808080808080808080808080808080808080808080 | f471e61b51d2d8db78f3dae19d973616f57cdc54caaa81c269394b8c34edcf59 | 6819d85b9730acc876fdf59e162bf309e9f63dd35550edf20869d23c2f3e6d17 | d8e8bae3ee330a198d1f5e00ad7c5f9ed7c24c357c0a004322abca5d9cd17847
          Bitcoin | fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 | 36c848ffb2cbecc5422c33a994955b807665317c1ce2a0f59c689321aaa631cc | 4ed8de1ec952a4f5b3bd79d1ff96446bcd45cabb00fc6ca127183e14671bcb85 | 56b6f47babc1662c011d3b1f93aa51a6e9b5f6512e9f2e16821a238d450a31f8
          i2FLPP8WEus5WPjpoHwheXOMSobUJVaZM1JPMQZq | fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 | 6e9b434fcc6bbb081a0463c094356b47d62d7efae7da9c518ed7bac23f4e2ed6 | ae5323ae338d6117ce8520a43b92eacd2ea1312ae514d53d8e34010154c593bb | 3eaa1b61d1b8ab2f1ca71219c399f2b8b3defa624719f1e96fe3957628c2c4ea
          """)
  void draws_the_published_k_the_first_second_and_sixteenth_time(
      String message, String key, String first, String second, String sixteenth) {
    DeterministicK candidates = new DeterministicK(HEX.parseHex(key), sha256(message));

    for (int i = 0; i < 16; i++) {
      BigInteger k = candidates.next();
      if (i == 0) {
        assertThat(k).isEqualTo(new BigInteger(first, 16));
      } else if (i == 1) {
        assertThat(k).isEqualTo(new BigInteger(second, 16));
      } else if (i == 15) {
        assertThat(k).isEqualTo(new BigInteger(sixteenth, 16));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Everything should be made as simple as possible, but not simpler. | 0000000000000000000000000000000000000000000000000000000000000001 | 33a69cd2065432a30f3d1ce4eb0d59b8ab58c74f27c41a7fdb5696ad4e6108c9 | 6f807982866f785d3f6418d24163ddae117b7db4d5fdf0071de069fa54342262
          Equations are more important to me, because politics is for the present, but an equation is something for eternity. | fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 | 54c4a33c6423d689378f160a7ff8b61330444abb58fb470f96ea16d99d4a2fed | 07082304410efa6b2943111b6a4e0aaa7b7db55a07e9861d1fb3cb1f421044a5
          Not only is the Universe stranger than we think, it is stranger than we can think. | fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 | ff466a9f1b7b273e2f4c3ffe032eb2e814121ed18ef84665d0f515360dab3dd0 | 6fc95f5132e5ecfdc8e5e6e616cc77151455d46ed48f5589b7db7771a332b283
          How wonderful that we have met with a paradox. Now we have some hope of making progress. | 0000000000000000000000000000000000000000000000000000000000000001 | c0dafec8251f1d5010289d210232220b03202cba34ec11fec58b3e93a85b91d3 | 75afdc06b7d6322a590955bf264e7aaa155847f614d80078a90292fe205064d3
          Computer science is no more about computers than astronomy is about telescopes. | 69ec59eaa1f4f2e36b639716b7c30ca86d9a5375c7b38d8918bd9c0ebc80ba64 | 7186363571d65e084e7f02b0b77c3ec44fb1b257dee26274c38c928986fea45d | 0de0b38e06807e46bda1f1e293f4f6323e854c86d58abdd00c46c16441085df6
          The question of whether computers can think is like the question of whether submarines can swim. | 000000000000000000000000000000000000000000056916d0f9b31dc9b637f3 | cde1302d83f8dd835d89aef803c74a119f561fbaef3eb9129e45f30de86abbf9 | 06ce643f5049ee1f27890467b77a6a8e11ec4661cc38cd8badf90115fbd03cef
          """)
  void gives_the_published_signature(String message, String key, String r, String s) {
    for (NativeMode mode : MODES) {
      RawSignature signature =
          new SoftwareSigner(HEX.parseHex(key), mode.curve()).sign(sha256(message));

      // The published s is low; the raw signer leaves that to the guard.
      assertThat(signature.r()).isEqualTo(new BigInteger(r, 16));
      assertThat(signature.s().min(Secp256k1.N.subtract(signature.s())))
          .isEqualTo(new BigInteger(s, 16));
    }
  }

  @Test
  void does_not_sign_after_close() {
    SoftwareSigner signer = new SoftwareSigner(HEX.parseHex("46".repeat(32)), new PortableCurve());
    signer.close();
    signer.close();

    assertThatThrownBy(() -> signer.sign(new byte[32])).isInstanceOf(KeyClosedException.class);
  }

  static byte[] sha256(String message) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(message.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
