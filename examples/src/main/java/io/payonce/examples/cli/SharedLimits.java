package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A guard whose value limits are what was promised. Where processes share a journal, another one
 * may have accepted larger payments since this one started; so before a value limit refuses, which
 * would end in a cancel, the limits are read from the journal again. The fee limit stays.
 * Thread-safe.
 */
final class SharedLimits implements Signer {
  private final Function<GuardLimits, GuardedSigner> guards;
  private final Supplier<GuardLimits> promised;
  private final Executor executor;
  private volatile GuardedSigner guard;

  /**
   * Begins with limits that are known.
   *
   * @param guards makes a guard of the one key
   * @param promised reads the journal; blocks
   */
  SharedLimits(
      GuardLimits first,
      Function<GuardLimits, GuardedSigner> guards,
      Supplier<GuardLimits> promised,
      Executor executor) {
    this.guards = guards;
    this.promised = promised;
    this.executor = executor;
    this.guard = guards.apply(first);
  }

  @Override
  public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
    return guard
        .sign(request)
        .thenComposeAsync(
            outcome -> {
              if (!isAboveLimit(outcome)) {
                return CompletableFuture.completedFuture(outcome);
              }
              guard = guards.apply(promised.get());
              return guard.sign(request);
            },
            executor);
  }

  private static boolean isAboveLimit(SigningOutcome outcome) {
    return outcome instanceof SigningOutcome.Refused refused
        && refused.code() == SigningCode.VALUE_CAP;
  }

  @Override
  public Address address() {
    return guard.address();
  }

  @Override
  public Set<ChainId> chains() {
    return guard.chains();
  }

  @Override
  public void close() {
    guard.close();
  }
}
