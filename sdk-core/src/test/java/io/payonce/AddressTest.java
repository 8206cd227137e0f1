package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class AddressTest {
  /** Test cases of EIP-55. */
  private static final List<String> MIXED =
      List.of(
          "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
          "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
          "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
          "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb");

  private static final List<String> ONE_CASE =
      List.of(
          "0x52908400098527886E0F7030069857D2E4169EE7",
          "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
          "0xde709f2102306220921060314715629080e2fb77",
          "0x27b1fdb04752bbc536007a920d24acb045561c26");

  @Test
  void writes_and_reads_the_checksums_of_eip55() {
    for (String text : MIXED) {
      assertThat(Address.of(text).checksummed()).isEqualTo(text);
      assertThat(Address.of(text)).isEqualTo(Address.of(text.toLowerCase(Locale.ROOT)));
    }
    for (String text : ONE_CASE) {
      assertThat(Address.of(text).checksummed()).isEqualTo(text);
    }
  }

  @Test
  void refuses_mixed_case_with_any_one_letter_flipped() {
    for (String text : MIXED) {
      for (int i = 2; i < text.length(); i++) {
        char c = text.charAt(i);
        if (Character.isLetter(c)) {
          char flipped =
              Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c);
          String wrong = text.substring(0, i) + flipped + text.substring(i + 1);
          assertThatThrownBy(() -> Address.of(wrong))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContainingAll("EIP-55", text);
        }
      }
    }
  }

  @Test
  void takes_one_case_as_carrying_no_checksum() {
    String upper = "0x" + MIXED.get(0).substring(2).toUpperCase(Locale.ROOT);
    assertThat(Address.of(upper)).isEqualTo(Address.of(MIXED.get(0)));
  }

  @Test
  void refuses_wrong_length_prefix_and_digits() {
    String good = ONE_CASE.get(2);
    for (String wrong :
        List.of(
            "",
            "0x",
            good.substring(2),
            good.substring(0, 41),
            good + "0",
            good.replace("0x", "0X"),
            good.replace('d', 'g'),
            " " + good.substring(1),
            good.substring(0, 41) + "\uff11")) {
      assertThatThrownBy(() -> Address.of(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("address");
    }
  }

  @Test
  void keeps_its_bytes() {
    Address address = Address.of(MIXED.get(1));
    assertThat(Address.of(address.toArray())).isEqualTo(address);
    assertThat(Address.ZERO.isZero()).isTrue();
    assertThat(address.isZero()).isFalse();
    assertThatThrownBy(() -> Address.of(new byte[19])).isInstanceOf(IllegalArgumentException.class);
  }
}
