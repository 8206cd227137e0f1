package io.payonce.signing.guard;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.SlotId;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningOutcome.Refused;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningOutcome.Unavailable;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import io.payonce.signing.guard.SigningKey.KeySuspectException;
import io.payonce.signing.internal.KeyClosedException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Signs payments with one key, after reading each claim back from the journal.
 *
 * <p>The order is fixed: validate, caps, claim read-back, sign, verify, release. It believes
 * neither the caller nor the key: the claim is read by its own query, the digest is derived here,
 * and the signature must verify against the pinned key, which names the sender, before it leaves.
 *
 * <p>It keeps no state about slots, so the same request again is harmless, after a crash too; with
 * a deterministic key it gives the same bytes. What a person has to solve (a closed or suspect key)
 * is {@link Unavailable} and never {@link Refused}: a refusal sends a payment to its cancel, and a
 * restart must not.
 *
 * <p>Thread-safe; holds no lock. Journal and key are used on the executor, and futures complete
 * there.
 */
public final class GuardedSigner implements Signer {
  private final SigningKey key;
  private final Set<ChainId> chains;
  private final SigningClaims claims;
  private final GuardLimits limits;
  private final Map<Address, PayoutReader> payouts;
  private final Executor executor;

  private GuardedSigner(
      SigningKey key,
      Set<ChainId> chains,
      SigningClaims claims,
      GuardLimits limits,
      Map<Address, PayoutReader> payouts,
      Executor executor) {
    this.key = key;
    this.chains = chains;
    this.claims = claims;
    this.limits = limits;
    this.payouts = payouts;
    this.executor = executor;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public Address address() {
    return key.address();
  }

  @Override
  public Set<ChainId> chains() {
    return chains;
  }

  public GuardLimits limits() {
    return limits;
  }

  @Override
  public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
    Objects.requireNonNull(request, "request");
    try {
      return CompletableFuture.supplyAsync(() -> decide(request), executor);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.completedFuture(
          new Unavailable(
              SigningCode.DEVICE_UNAVAILABLE, "the executor takes no more work", false));
    }
  }

  /** Closes the key, after running calls. Requests from then on are {@code KEY_CLOSED}. */
  @Override
  public void close() {
    key.close();
  }

  @Override
  public String toString() {
    return "GuardedSigner[" + key + ", chains " + chains + "]";
  }

  private SigningOutcome decide(SigningRequest request) {
    if (key.isSuspect()) {
      return new Unavailable(
          SigningCode.KEY_SUSPECT, key + " gave a bad signature earlier and is not used", false);
    }
    Optional<Refused> foreign = foreign(request);
    if (foreign.isPresent()) {
      return foreign.get();
    }
    Content.Reading reading = Content.read(request, payouts);
    if (reading instanceof Content.Reading.Fits fits) {
      Optional<Refused> overCap = limits.check(fits.content());
      return overCap.isPresent() ? overCap.get() : readBack(request);
    }
    return ((Content.Reading.Mismatch) reading).refused();
  }

  private Optional<Refused> foreign(SigningRequest request) {
    ChainId chain = request.transaction().chain();
    if (!chains.contains(chain)) {
      return Optional.of(
          new Refused(SigningCode.WRONG_CHAIN, "chain " + chain + " is not one of " + chains));
    }
    Address account = request.attempt().slot().lane().address();
    return account.equals(address())
        ? Optional.empty()
        : Optional.of(
            new Refused(SigningCode.WRONG_ACCOUNT, "account " + account + " is not " + address()));
  }

  private SigningOutcome readBack(SigningRequest request) {
    Optional<Refused> refused;
    try {
      List<Claim> held = claims.claims(request.attempt().slot());
      Optional<Intent> paid = request.kind().pays() ? request.intent() : Optional.empty();
      Optional<SlotId> bound = paid.flatMap(intent -> claims.slotOf(intent.transfer()));
      refused =
          paid.flatMap(intent -> ClaimRules.bound(request, intent, bound))
              .or(() -> ClaimRules.check(request, held));
    } catch (RuntimeException unreadable) {
      // Any failure of the store: nothing was signed, and the class says enough without its text,
      // which may hold a connection string.
      return new Unavailable(
          SigningCode.CLAIMS_UNREADABLE,
          "the claims cannot be read: " + unreadable.getClass().getSimpleName(),
          false);
    }
    return refused.isPresent() ? refused.get() : signAndVerify(request);
  }

  private SigningOutcome signAndVerify(SigningRequest request) {
    try {
      return new Signed(key.sign(request.transaction()));
    } catch (KeyClosedException closed) {
      return new Unavailable(SigningCode.KEY_CLOSED, key + " is closed", false);
    } catch (KeySuspectException suspect) {
      return new Unavailable(SigningCode.KEY_SUSPECT, key + ": " + suspect.getMessage(), true);
    } catch (RuntimeException failed) {
      // The text is the device's and may hold anything; the class names the failure.
      return new Unavailable(
          SigningCode.DEVICE_UNAVAILABLE,
          key + " failed with " + failed.getClass().getSimpleName(),
          true);
    }
  }

  /** Every setting but the payout contracts is required: none has a safe default. */
  public static final class Builder {
    private @Nullable SigningKey key;
    private Set<ChainId> chains = Set.of();
    private @Nullable SigningClaims claims;
    private @Nullable GuardLimits limits;
    private final Map<Address, PayoutReader> payouts = new TreeMap<>();
    private @Nullable Executor executor;

    private Builder() {}

    /** The key, owned from now on: closing the signer closes it. */
    public Builder key(SigningKey key) {
      this.key = key;
      return this;
    }

    /** The chains that the key is bound to; at least one. */
    public Builder chains(ChainId... chains) {
      this.chains = Collections.unmodifiableSet(new TreeSet<>(Arrays.asList(chains)));
      return this;
    }

    /** The journal that holds the claims: the submitter's own store. */
    public Builder claimsIn(SigningClaims claims) {
      this.claims = claims;
      return this;
    }

    public Builder limits(GuardLimits limits) {
      this.limits = limits;
      return this;
    }

    /**
     * A payout contract that groups may call; without this, every call but an ERC-20 transfer is
     * refused. Whoever allows it vouches for its code on each of the key's chains.
     */
    public Builder payoutContract(Address contract, PayoutReader reader) {
      if (payouts.putIfAbsent(contract, reader) != null) {
        throw new IllegalArgumentException("payoutContract " + contract + " is given twice");
      }
      return this;
    }

    /** Runs journal reads and signing, both of which block. */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** Throws {@link IllegalArgumentException} naming what is missing. */
    public GuardedSigner build() {
      if (chains.isEmpty()) {
        throw new IllegalArgumentException("chains must name at least one chain");
      }
      GuardLimits checked = required("limits", limits);
      for (ChainId chain : chains) {
        if (checked.valueCap(new Asset.Native(chain)).isEmpty()) {
          throw new IllegalArgumentException(
              "limits.valueCap of the native coin of chain " + chain + " is missing");
        }
      }
      return new GuardedSigner(
          required("key", key),
          chains,
          required("claimsIn", claims),
          checked,
          Collections.unmodifiableMap(new TreeMap<>(payouts)),
          required("executor", executor));
    }

    private static <T> T required(String field, @Nullable T value) {
      if (value == null) {
        throw new IllegalArgumentException(field + " is missing");
      }
      return value;
    }
  }
}
