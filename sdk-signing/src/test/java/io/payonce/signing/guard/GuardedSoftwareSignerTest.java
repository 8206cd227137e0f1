package io.payonce.signing.guard;

import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.testing.SignerContract;
import java.util.Arrays;

final class GuardedSoftwareSignerTest extends SignerContract {
  @Override
  protected Signer signer(SigningClaims claims) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 0x46);
    return GuardedSigner.builder()
        .key(SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("the key of EIP-155")))
        .chains(CHAIN)
        .claimsIn(claims)
        .limits(GuardLimits.of(Wei.ofCoins("0.1"), TokenAmount.ofWei(CHAIN, Wei.of(1_000))))
        .executor(Runnable::run)
        .build();
  }
}
