package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A guarded key that is sometimes down, sometimes loses its answer, and sometimes the last thing.
 */
final class ChaoticSigner implements Signer {
  private final Signer key;
  private final Chaos chaos;
  private final ProcessLife life;
  private final Judge judge;

  ChaoticSigner(Signer key, Chaos chaos, ProcessLife life, Judge judge) {
    this.key = key;
    this.chaos = chaos;
    this.life = life;
    this.judge = judge;
  }

  @Override
  public Address address() {
    return key.address();
  }

  @Override
  public Set<ChainId> chains() {
    return key.chains();
  }

  @Override
  public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
    life.check();
    switch (chaos.at(Chaos.Point.P4_SIGN)) {
      case CRASH_BEFORE -> throw life.kill(Chaos.Point.P4_SIGN);
      case FAILS, UNKNOWN_NOT_DONE -> {
        return CompletableFuture.completedFuture(
            new SigningOutcome.Unavailable(SigningCode.DEVICE_UNAVAILABLE, "hsm is down", false));
      }
      case UNKNOWN_DONE -> {
        return signed(request)
            .thenApply(
                lost ->
                    new SigningOutcome.Unavailable(
                        SigningCode.DEVICE_UNAVAILABLE, "answer lost", true));
      }
      case CRASH_DURING, CRASH_AFTER -> {
        return signed(request)
            .thenApply(
                lost -> {
                  throw life.kill(Chaos.Point.P4_SIGN);
                });
      }
      case FINE -> {
        return signed(request);
      }
    }
    throw new IllegalStateException("unreachable fate");
  }

  private CompletableFuture<SigningOutcome> signed(SigningRequest request) {
    return key.sign(request)
        .thenApply(
            outcome -> {
              if (outcome instanceof SigningOutcome.Signed signed) {
                judge.signed(request, signed.transaction());
              }
              return outcome;
            });
  }

  @Override
  public void close() {
    key.close();
  }
}
