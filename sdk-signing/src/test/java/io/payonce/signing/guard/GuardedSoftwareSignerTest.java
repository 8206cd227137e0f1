package io.payonce.signing.guard;

import io.payonce.ChainId;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.NativeMode;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.testing.SignerContract;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class GuardedSoftwareSignerTest {
  @Nested
  final class Portable extends SignerContract {
    @Override
    protected Signer signer(SigningClaims claims) {
      return guarded(CHAIN, claims, NativeMode.OFF);
    }
  }

  @Nested
  @EnabledOnOs(OS.LINUX)
  final class Native extends SignerContract {
    @Override
    protected Signer signer(SigningClaims claims) {
      return guarded(CHAIN, claims, NativeMode.REQUIRED);
    }
  }

  private static Signer guarded(ChainId chain, SigningClaims claims, NativeMode mode) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 0x46);
    return GuardedSigner.builder()
        .key(SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("the key of EIP-155"), mode))
        .chains(chain)
        .claimsIn(claims)
        .limits(GuardLimits.of(Wei.ofCoins("0.1"), TokenAmount.ofWei(chain, Wei.of(1_000))))
        .executor(Runnable::run)
        .build();
  }
}
