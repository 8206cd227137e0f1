package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.signing.internal.KeyClosedException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SoftwareKeyTest {
  private static final InsecureKeyAccess ACCESS = InsecureKeyAccess.acknowledge("test keys");
  private static final String ORDER =
      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

  @Test
  void has_the_address_that_go_ethereum_gives() {
    // ethereum/go-ethereum, crypto/crypto_test.go: testPrivHex, testAddrHex.
    SoftwareKey key = key("289c2857d4598e37fb9647507e47a309d6133539bf21a8b9cb6df88fd5232032");

    assertThat(key.address().checksummed()).isEqualTo("0x970E8128AB834E8EAC17Ab8E3812F010678CF791");
  }

  @Test
  void shows_nothing_of_the_key() {
    SoftwareKey key = key("46".repeat(32));

    assertThat(key.toString()).isEqualTo("SoftwareKey[0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        ORDER,
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "4646",
        ""
      })
  void refuses_what_is_no_key_without_showing_it(String hex) {
    assertThatThrownBy(() -> key(hex))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(hex.isEmpty() || !e.getMessage().contains(hex)).isTrue());
  }

  @Test
  void wipes_the_key_on_close() {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    SoftwareSigner signer =
        new SoftwareSigner(HexFormat.of().parseHex("46".repeat(32)), new PortableCurve(), buffer);
    assertThat(buffer.array()).containsOnly(0x46);

    signer.close();

    assertThat(buffer.array()).containsOnly(0);
    assertThatThrownBy(() -> signer.lend(byte[]::clone)).isInstanceOf(KeyClosedException.class);
  }

  @Test
  void wipes_what_it_lent() {
    SoftwareSigner signer =
        new SoftwareSigner(HexFormat.of().parseHex("46".repeat(32)), new PortableCurve());

    byte[] lent = signer.lend(secret -> secret);

    assertThat(lent).containsOnly(0);
  }

  @Test
  void wants_a_reason_for_raw_bytes() {
    assertThatThrownBy(() -> InsecureKeyAccess.acknowledge(" "))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static SoftwareKey key(String hex) {
    return SoftwareKey.fromBytes(HexFormat.of().parseHex(hex), ACCESS);
  }
}
