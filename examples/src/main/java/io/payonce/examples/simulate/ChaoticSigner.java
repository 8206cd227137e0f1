package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.testing.SimulatedChain;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A guarded key that is sometimes down, slow or the last thing the process did; that loses its
 * answer, gives its bytes to somebody else, signs something else, or refuses.
 */
final class ChaoticSigner implements Signer {
  private final Signer guarded;
  private final WalletKey device;
  private final SimulatedChain chain;
  private final Chaos chaos;
  private final ProcessLife life;
  private final Judge judge;

  /**
   * A key in trouble.
   *
   * @param device the same key without its guard, for what a broken device signs
   * @param chain where leaked bytes go
   */
  ChaoticSigner(
      Signer guarded,
      WalletKey device,
      SimulatedChain chain,
      Chaos chaos,
      ProcessLife life,
      Judge judge) {
    this.guarded = guarded;
    this.device = device;
    this.chain = chain;
    this.chaos = chaos;
    this.life = life;
    this.judge = judge;
  }

  @Override
  public Address address() {
    return guarded.address();
  }

  @Override
  public Set<ChainId> chains() {
    return guarded.chains();
  }

  @Override
  public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
    life.check();
    judge.asked(request, life);
    switch (chaos.at(Chaos.Point.P4_SIGN)) {
      case CRASH_BEFORE -> throw life.kill(Chaos.Point.P4_SIGN);
      case FAILS, UNKNOWN_NOT_DONE -> {
        return CompletableFuture.completedFuture(unavailable("hsm is down", false));
      }
      case UNKNOWN_DONE -> {
        return signed(request).thenApply(lost -> unavailable("answer lost", true));
      }
      case CRASH_DURING, CRASH_AFTER -> {
        return signed(request)
            .thenApply(
                lost -> {
                  throw life.kill(Chaos.Point.P4_SIGN);
                });
      }
      case FINE -> {
        return oddly(request);
      }
    }
    throw new IllegalStateException("unreachable fate");
  }

  private CompletableFuture<SigningOutcome> oddly(SigningRequest request) {
    switch (chaos.signerFault()) {
      case SLOW -> {
        return signed(request).thenCompose(this::afterAWhile);
      }
      case LEAKS -> {
        return signed(request).thenApply(this::leaked);
      }
      case ALTERS -> {
        return CompletableFuture.completedFuture(altered(request));
      }
      case REFUSES -> {
        judge.refused(request);
        return CompletableFuture.completedFuture(
            new SigningOutcome.Refused(SigningCode.VALUE_CAP, "the device has a cap of its own"));
      }
      case NONE -> {
        return signed(request);
      }
    }
    throw new IllegalStateException("unreachable fault");
  }

  private CompletableFuture<SigningOutcome> afterAWhile(SigningOutcome outcome) {
    CompletableFuture<SigningOutcome> late = new CompletableFuture<>();
    var unused =
        life.process()
            .scheduler()
            .schedule(
                () -> late.complete(outcome), chaos.between(500, 45_000), TimeUnit.MILLISECONDS);
    return late;
  }

  private SigningOutcome leaked(SigningOutcome outcome) {
    if (outcome instanceof SigningOutcome.Signed signed) {
      var unused = chain.injectForeign(signed.transaction().raw());
      return unavailable("answer lost on its way", true);
    }
    return outcome;
  }

  /** One wei more of value: whatever it is, unasked. */
  private SigningOutcome altered(SigningRequest request) {
    if (!(request.transaction() instanceof DynamicFee asked)) {
      throw new IllegalStateException("the simulated chain has dynamic fees");
    }
    UnsignedTransaction other =
        new DynamicFee(
            asked.chain(),
            asked.nonce(),
            asked.maxPriorityFeePerGas(),
            asked.maxFeePerGas(),
            asked.gasLimit(),
            asked.to(),
            asked.value().plus(Wei.of(1)),
            asked.data(),
            asked.accessList());
    SignedTransaction signed = device.signUnasked(other);
    return new SigningOutcome.Signed(signed);
  }

  private static SigningOutcome unavailable(String reason, boolean mayHaveSigned) {
    return new SigningOutcome.Unavailable(SigningCode.DEVICE_UNAVAILABLE, reason, mayHaveSigned);
  }

  private CompletableFuture<SigningOutcome> signed(SigningRequest request) {
    return guarded
        .sign(request)
        .thenApply(
            outcome -> {
              if (outcome instanceof SigningOutcome.Signed signed) {
                judge.signed(request, signed.transaction());
              } else if (outcome instanceof SigningOutcome.Refused) {
                judge.refused(request);
              }
              return outcome;
            });
  }

  @Override
  public void close() {
    guarded.close();
  }
}
