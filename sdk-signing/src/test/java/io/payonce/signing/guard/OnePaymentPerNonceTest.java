package io.payonce.signing.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import io.payonce.testing.RecordedClaims;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever a submitter with every possible bug writes and asks, in whatever order: at most one
 * payment leaves per nonce, and one nonce per payment.
 */
final class OnePaymentPerNonceTest {
  private static final long SEED = 20260117;
  private static final int RUNS = 150;
  private static final int STEPS = 40;
  private static final List<Address> PAYEES =
      List.of(Bench.PAYEE, Address.of("0x" + "36".repeat(20)), Bench.SELF);

  @Test
  void never_pays_twice_at_one_nonce_nor_once_at_two() {
    int payments = 0;
    int replacements = 0;
    for (int run = 0; run < RUNS; run++) {
      Run one = new Run(SEED + run);
      one.play();
      payments += one.count(AttemptKind.PAYMENT);
      replacements += one.count(AttemptKind.REPLACEMENT);
    }
    // Otherwise the runs would prove nothing.
    assertThat(payments).isGreaterThan(100);
    assertThat(replacements).isGreaterThan(20);
  }

  private static final class Run {
    private final long seed;
    private final Random random;
    private final RecordedClaims claims = new RecordedClaims();
    private final GuardedSigner signer = Bench.signer(Bench.key(), claims, Bench.LIMITS);
    private final List<SigningRequest> asked = new ArrayList<>();
    private final Map<SlotId, SigningRequest> latest = new LinkedHashMap<>();
    private final List<SigningRequest> signed = new ArrayList<>();

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void play() {
      for (int step = 0; step < STEPS; step++) {
        SigningRequest request = next();
        if (random.nextInt(10) > 0) {
          claims.commit(Bench.claim(request));
          latest.put(request.attempt().slot(), request);
          asked.add(request);
        }
        ask(request);
        if (!asked.isEmpty()) {
          ask(asked.get(random.nextInt(asked.size())));
        }
        check();
      }
    }

    private void ask(SigningRequest request) {
      if (signer.sign(request).join() instanceof Signed answer) {
        SignedTransaction transaction = answer.transaction();
        assertThat(transaction.transaction()).isEqualTo(request.transaction());
        signed.add(request);
      }
    }

    /** A plausible request, with one field wrong now and then. */
    private SigningRequest next() {
      SlotId slot = new SlotId(new LaneId(Bench.CHAIN, Bench.SELF), random.nextInt(3));
      Optional<SigningRequest> before = Optional.ofNullable(latest.get(slot));
      AttemptKind kind =
          before.isEmpty()
              ? one(AttemptKind.PAYMENT, AttemptKind.PAYMENT, AttemptKind.FILL)
              : one(AttemptKind.values());
      Optional<Intent> intent =
          before.isPresent() && random.nextInt(4) > 0 ? before.get().intent() : anIntent();
      Optional<Bytes> previous =
          random.nextInt(8) > 0 ? before.map(SigningRequest::digest) : Optional.empty();
      int sequence = before.map(b -> b.attempt().sequence() + 1).orElse(1);
      return new SigningRequest(
          new AttemptId(slot, sequence),
          kind,
          kind == AttemptKind.FILL ? Optional.empty() : intent,
          previous,
          transaction(slot, kind, before));
    }

    private UnsignedTransaction transaction(
        SlotId slot, AttemptKind kind, Optional<SigningRequest> before) {
      Wei fee =
          before
              .map(b -> b.transaction().maxFeePerGas())
              .orElse(Wei.of(1_000))
              .times(random.nextInt(6) > 0 ? 2 : 1);
      boolean keeps = before.isPresent() && random.nextInt(4) > 0;
      boolean pays = kind.pays();
      Address payee =
          keeps ? before.get().transaction().to() : PAYEES.get(random.nextInt(PAYEES.size()));
      Wei value = keeps ? before.get().transaction().value() : Wei.of(1 + random.nextInt(2));
      return new DynamicFee(
          slot.lane().chain(),
          slot.nonce(),
          fee,
          fee,
          BigInteger.valueOf(21_000),
          pays ? payee : Bench.SELF,
          pays ? value : Wei.ZERO,
          Bytes.EMPTY,
          List.of());
    }

    private Optional<Intent> anIntent() {
      long transfer = 1L + random.nextInt(3);
      String print = random.nextInt(8) > 0 ? "%064x".formatted(transfer) : "ff".repeat(32);
      return Optional.of(new Intent(new TransferId(transfer), new Fingerprint("0x" + print)));
    }

    private AttemptKind one(AttemptKind... kinds) {
      return kinds[random.nextInt(kinds.length)];
    }

    private void check() {
      Map<SlotId, Set<Bytes>> payments = new LinkedHashMap<>();
      Map<SlotId, Set<List<Object>>> effects = new LinkedHashMap<>();
      Map<TransferId, Set<SlotId>> nonces = new LinkedHashMap<>();
      for (SigningRequest request : signed) {
        assertThat(request.kind()).as("seed %d", seed).isNotEqualTo(AttemptKind.HOST);
        if (!request.kind().pays()) {
          continue;
        }
        SlotId slot = request.attempt().slot();
        UnsignedTransaction tx = request.transaction();
        if (request.kind() == AttemptKind.PAYMENT) {
          payments.computeIfAbsent(slot, s -> new LinkedHashSet<>()).add(request.digest());
        }
        effects
            .computeIfAbsent(slot, s -> new LinkedHashSet<>())
            .add(List.of(tx.to(), tx.value(), tx.data(), request.intent()));
        nonces
            .computeIfAbsent(request.intent().orElseThrow().transfer(), t -> new LinkedHashSet<>())
            .add(slot);
      }
      assertThat(payments.values()).as("seed %d", seed).allSatisfy(s -> assertThat(s).hasSize(1));
      assertThat(effects.values()).as("seed %d", seed).allSatisfy(s -> assertThat(s).hasSize(1));
      assertThat(nonces.values()).as("seed %d", seed).allSatisfy(s -> assertThat(s).hasSize(1));
    }

    int count(AttemptKind kind) {
      return (int) signed.stream().filter(request -> request.kind() == kind).distinct().count();
    }
  }
}
