package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@link Transfer}, {@link IdempotencyKey} and {@link Fingerprint}: what one payment is. */
class TransferTest {
  private static final ChainId CHAIN = ChainId.of(1);
  private static final Address WALLET = Address.of("0x" + "aa".repeat(20));
  private static final Address PAYEE = Address.of("0x" + "bb".repeat(20));
  private static final Address TOKEN = Address.of("0x" + "cc".repeat(20));

  private static TokenAmount coins(long units) {
    return TokenAmount.of(new Asset.Native(CHAIN), units);
  }

  private static TokenAmount tokens(long units) {
    return TokenAmount.of(new Asset.Erc20(CHAIN, TOKEN), units);
  }

  @Test
  void refuses_payees_that_are_nearly_always_mistakes() {
    assertThatThrownBy(() -> Transfer.of(coins(1)).from(WALLET).to(Address.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("zero address", "allowUnusualPayee");
    assertThatThrownBy(() -> Transfer.of(coins(1)).from(WALLET).to(WALLET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("paying wallet");
    assertThatThrownBy(() -> Transfer.of(tokens(1)).from(WALLET).to(TOKEN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token's own contract");
  }

  @Test
  void takes_them_with_the_explicit_opt_in() {
    assertThat(new Transfer(WALLET, Address.ZERO, coins(1), true).to()).isEqualTo(Address.ZERO);
    assertThat(new Transfer(WALLET, WALLET, coins(1), true).to()).isEqualTo(WALLET);
    assertThat(new Transfer(WALLET, TOKEN, tokens(1), true).to()).isEqualTo(TOKEN);
    assertThat(Transfer.of(coins(1)).from(WALLET).to(TOKEN).to()).isEqualTo(TOKEN);
  }

  @Test
  void refuses_an_amount_of_zero_even_with_the_opt_in() {
    assertThatThrownBy(() -> new Transfer(WALLET, PAYEE, coins(0), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("amount 0");
  }

  @Test
  void a_submission_names_what_is_missing() {
    IdempotencyKey key = IdempotencyKey.of("p");
    Transfer transfer = Transfer.of(coins(1)).from(WALLET).to(PAYEE);
    assertThatThrownBy(() -> new Submission(null, transfer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key null must be given");
    assertThatThrownBy(() -> new Submission(key, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("transfer null must be given");
    assertThatThrownBy(() -> new Submission(key, transfer, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("options null must be given");
  }

  @Test
  void refuses_the_zero_address_as_a_token() {
    assertThatThrownBy(() -> new Asset.Erc20(CHAIN, Address.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token contract");
  }

  // keys

  @Test
  void compares_keys_byte_for_byte() {
    assertThat(IdempotencyKey.of("A-1")).isNotEqualTo(IdempotencyKey.of("a-1"));
    assertThat(new IdempotencyKey("t", "1")).isNotEqualTo(IdempotencyKey.of("1"));
    assertThat(IdempotencyKey.of("x".repeat(255)).value()).hasSize(255);
    assertThat(new IdempotencyKey("t".repeat(64), "~!").toString()).endsWith(":~!");
  }

  @Test
  void refuses_keys_that_are_empty_long_or_invisible() {
    for (String wrong : List.of("", "x".repeat(256), "a b", "a\n", " a", "\u00e9", "\u007f")) {
      assertThatThrownBy(() -> IdempotencyKey.of(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("key has");
    }
    assertThatThrownBy(() -> new IdempotencyKey("t".repeat(65), "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tenant has 65");
  }

  // fingerprints

  /** Computed with Python's hashlib from the documented layout. */
  @Test
  void fingerprints_as_documented() {
    assertThat(
            Fingerprint.of(
                    new IdempotencyKey("shop", "k"),
                    Transfer.of(coins(1000)).from(WALLET).to(PAYEE))
                .value())
        .isEqualTo("0xe7972d025b67946e1461de0bc3bfc9604e188cb083f675a2aa3c0abe99b6f096");
    TokenAmount onPolygon = TokenAmount.of(new Asset.Erc20(ChainId.of(137), TOKEN), 5);
    assertThat(
            Fingerprint.of(IdempotencyKey.of("k"), Transfer.of(onPolygon).from(WALLET).to(PAYEE))
                .value())
        .isEqualTo("0x70f5a72a43f964f28733b83bb701173b8ae2bcd8f3b6e705f77b8818ee09e739");
  }

  @Test
  void changes_with_every_part_of_the_payment_and_with_nothing_else() {
    IdempotencyKey key = IdempotencyKey.of("k");
    Transfer base = Transfer.of(coins(10)).from(WALLET).to(PAYEE);
    TokenAmount elsewhere = TokenAmount.of(new Asset.Native(ChainId.of(2)), 10);
    Set<Fingerprint> all = new LinkedHashSet<>();
    all.add(Fingerprint.of(key, base));
    all.add(Fingerprint.of(new IdempotencyKey("t", "k"), base));
    all.add(Fingerprint.of(key, Transfer.of(elsewhere).from(WALLET).to(PAYEE)));
    all.add(Fingerprint.of(key, Transfer.of(coins(10)).from(TOKEN).to(PAYEE)));
    all.add(Fingerprint.of(key, Transfer.of(coins(10)).from(WALLET).to(TOKEN)));
    all.add(Fingerprint.of(key, Transfer.of(coins(11)).from(WALLET).to(PAYEE)));
    all.add(Fingerprint.of(key, Transfer.of(tokens(10)).from(WALLET).to(PAYEE)));
    assertThat(all).hasSize(7);
    assertThat(Fingerprint.of(IdempotencyKey.of("other"), base))
        .isEqualTo(Fingerprint.of(key, new Transfer(WALLET, PAYEE, coins(10), true)));
  }
}
