package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.internal.Secp256k1;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/** Entries that viem 2.50.4 signed ({@code signAuthorization}) with the private key 1. */
final class AuthorizationTest {
  private static final ChainId ANVIL = ChainId.of(31337);
  private static final Address CODE = Address.of("0x" + "cd".repeat(20));
  private static final Address SIGNER = Address.of("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
  private static final Authorization OF_ANVIL =
      new Authorization(
          BigInteger.valueOf(31337),
          CODE,
          BigInteger.ZERO,
          1,
          hex("5ca7eaff0270596af1627fd3c729e1203f686b7dcd929ea6d618da79cf5afbf4"),
          hex("75e44f7453385b09fc1115f2785ebee16a99df3dc86c83c17a40e7eb4f93ee65"));
  private static final Authorization OF_EVERY_CHAIN =
      new Authorization(
          BigInteger.ZERO,
          CODE,
          BigInteger.valueOf(7),
          1,
          hex("3694589e3699c2651bb5e3d9f7881f68572be9e91578b3637314f9265de2b852"),
          hex("447c7bf2374240345d875006f4a1713260cd9cd0a1ef682b058d78afbe384ead"));

  @Test
  void the_authority_is_who_signed() {
    assertThat(OF_ANVIL.authority(ANVIL)).contains(SIGNER);
    assertThat(OF_EVERY_CHAIN.authority(ANVIL)).contains(SIGNER);
    assertThat(OF_EVERY_CHAIN.authority(ChainId.of(1))).contains(SIGNER);
  }

  /** MetaMask's eth-sig-util, {@code sign-eip7702-authorization.test.ts}. */
  @Test
  void the_vector_of_another_library_recovers_its_account() {
    Authorization entry =
        new Authorization(
            BigInteger.valueOf(8545),
            Address.of("0x1234567890123456789012345678901234567890"),
            BigInteger.ONE,
            0,
            hex("ebea1ac12f17a56a514dfecbcbc8bbee7b089fa3fcee31680d1e2c1588f623df"),
            hex("7973cab74e12536678995377da38c96c65c52897750b73462c6760ef2737dba4"));
    assertThat(entry.authority(ChainId.of(8545)))
        .contains(Address.of("0x29c76e6ad8f28bb1004902578fb108c507be341b"));
  }

  @Test
  void entries_that_the_protocol_skips_speak_for_nobody() {
    assertThat(OF_ANVIL.authority(ChainId.of(1))).isEmpty();
    Authorization e = OF_EVERY_CHAIN;
    BigInteger highS = Secp256k1.N.subtract(e.s());
    assertThat(with(e, e.nonce(), 0, e.r(), highS).authority(ANVIL)).isEmpty();
    assertThat(with(e, e.nonce(), 2, e.r(), e.s()).authority(ANVIL)).isEmpty();
    assertThat(with(e, e.nonce(), 27, e.r(), e.s()).authority(ANVIL)).isEmpty();
    assertThat(with(e, e.nonce(), 1, BigInteger.ZERO, e.s()).authority(ANVIL)).isEmpty();
    assertThat(with(e, e.nonce(), 1, Secp256k1.N, e.s()).authority(ANVIL)).isEmpty();
    assertThat(with(e, e.nonce(), 1, e.r(), BigInteger.ZERO).authority(ANVIL)).isEmpty();
    BigInteger largest = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    assertThat(with(e, largest, 1, e.r(), e.s()).authority(ANVIL)).isEmpty();
  }

  @Test
  void another_nonce_or_parity_recovers_somebody_else() {
    Authorization e = OF_EVERY_CHAIN;
    assertThat(with(e, BigInteger.ONE, 1, e.r(), e.s()).authority(ANVIL))
        .isNotEqualTo(e.authority(ANVIL));
    assertThat(with(e, e.nonce(), 0, e.r(), e.s()).authority(ANVIL))
        .isNotEqualTo(e.authority(ANVIL));
  }

  @Test
  void fields_over_their_width_are_refused() {
    Authorization e = OF_EVERY_CHAIN;
    assertThatThrownBy(() -> with(e, BigInteger.ONE.shiftLeft(64), 1, e.r(), e.s()))
        .hasMessageContaining("nonce");
    assertThatThrownBy(() -> with(e, e.nonce(), 256, e.r(), e.s())).hasMessageContaining("yParity");
    assertThatThrownBy(() -> with(e, e.nonce(), 1, BigInteger.ONE.shiftLeft(256), e.s()))
        .hasMessageContaining("r ");
  }

  private static Authorization with(
      Authorization e, BigInteger nonce, int yParity, BigInteger r, BigInteger s) {
    return new Authorization(e.chainId(), e.address(), nonce, yParity, r, s);
  }

  private static BigInteger hex(String digits) {
    return new BigInteger(digits, 16);
  }
}
