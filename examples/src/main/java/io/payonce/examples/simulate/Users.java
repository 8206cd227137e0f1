package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The hosts: they submit, submit again, change their minds, ask for refunds, and never give up. */
final class Users {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final List<TokenKind> KINDS = List.of(TokenKind.values());
  private static final Actor USER = new Actor("user");

  private final Simulation sim;
  private final SplittableRandom dice;
  private final Map<TokenKind, Asset.Erc20> tokens;
  private final Map<IdempotencyKey, Transfer> payments = new LinkedHashMap<>();

  Users(Simulation sim, SplittableRandom dice, Map<TokenKind, Asset.Erc20> tokens) {
    this.sim = sim;
    this.dice = dice;
    this.tokens = tokens;
  }

  Map<TokenKind, Asset.Erc20> tokens() {
    return tokens;
  }

  void plan() {
    for (int i = 0; i < Simulation.PAYMENTS; i++) {
      IdempotencyKey key = IdempotencyKey.of("payment-" + i);
      Address wallet = sim.lanes().get(dice.nextInt(sim.lanes().size())).address();
      Transfer transfer = Transfer.of(amount()).from(wallet).to(payee(i));
      payments.put(key, transfer);
      sim.judge().expect(key, transfer);
      Duration asked = sooner();
      sim.time().after(asked, () -> submit(key, transfer));
      if (dice.nextInt(3) == 0) {
        sim.time().after(Simulation.moment(dice), () -> submit(key, transfer));
      }
      if (dice.nextInt(5) == 0) {
        sim.time().after(Simulation.moment(dice), () -> conflict(key, transfer));
      }
      if (dice.nextInt(5) == 0) {
        sim.time()
            .after(later(asked), () -> ask(s -> drop(s.cancel(key, USER, "changed my mind"))));
      }
      if (dice.nextInt(6) == 0) {
        sim.time().after(later(asked), () -> ask(s -> drop(s.speedUp(key))));
      }
    }
  }

  /** Terminal, quarantined, or held for a reason that lies in the token. */
  boolean allEnded() {
    return payments.keySet().stream()
        .map(key -> sim.medium().find(key))
        .allMatch(found -> found.filter(Users::hasEnded).isPresent());
  }

  private static boolean hasEnded(StoredTransfer transfer) {
    return transfer.state().isTerminal()
        || transfer.state() == TransferState.QUARANTINED
        || (transfer.state() == TransferState.HELD && transfer.code().equals("PRECHECK_REFUSED"));
  }

  Map<String, Long> ends() {
    Map<String, Long> ends = new TreeMap<>();
    payments
        .keySet()
        .forEach(
            key ->
                ends.merge(
                    sim.medium().find(key).map(t -> t.state().name()).orElse("NEVER_ACCEPTED"),
                    1L,
                    Long::sum));
    return ends;
  }

  private void submit(IdempotencyKey key, Transfer transfer) {
    Optional<Simulation.Life> life = sim.life(dice);
    if (life.isEmpty()) {
      sim.time().after(PATIENCE, () -> submit(key, transfer));
      return;
    }
    try {
      SubmitResult result = life.get().submitter().submit(key, transfer);
      if (result instanceof SubmitResult.NotAccepted) { // it drains; the host asks another one
        sim.time().after(PATIENCE, () -> submit(key, transfer));
        return;
      }
      sim.judge()
          .require(
              result instanceof SubmitResult.Accepted
                  || result instanceof SubmitResult.AlreadyKnown,
              "I9 the same request again is known",
              key + " gave " + result);
    } catch (StoreUnavailableException unavailable) {
      sim.time().after(PATIENCE, () -> submit(key, transfer));
    } catch (Killed killed) {
      sim.time().after(PATIENCE, () -> submit(key, transfer));
      throw killed;
    }
  }

  private void conflict(IdempotencyKey key, Transfer transfer) {
    if (sim.medium().find(key).isEmpty()) {
      return;
    }
    Transfer other =
        Transfer.of(
                new TokenAmount(
                    transfer.amount().asset(), transfer.amount().units().add(BigInteger.ONE)))
            .from(transfer.from())
            .to(transfer.to());
    ask(
        submitter -> {
          SubmitResult result = submitter.submit(key, other);
          sim.judge()
              .require(
                  result instanceof SubmitResult.KeyConflict
                      || result instanceof SubmitResult.NotAccepted,
                  "I9 another request under a known key is a conflict",
                  key + " gave " + result);
        });
  }

  private void ask(Consumer<IdempotentSubmitter> question) {
    sim.life(dice)
        .ifPresent(
            life -> {
              try {
                question.accept(life.submitter());
              } catch (StoreUnavailableException unavailable) {
                sim.chaos().count("user/REQUEST_FAILED"); // the user does not insist
              }
            });
  }

  /** The users do not wait for answers to their wishes. */
  private static void drop(CompletableFuture<?> answer) {
    var unused = answer.exceptionally(failure -> null);
  }

  private TokenAmount amount() {
    int which = dice.nextInt(20);
    if (which < 8) {
      return new TokenAmount(
          Simulation.native_(), BigInteger.valueOf(1_000_000 + dice.nextInt(1000)));
    }
    TokenKind kind =
        which < 13
            ? TokenKind.PLAIN
            : which < 16 ? TokenKind.NO_RETURN_VALUE : KINDS.get(dice.nextInt(KINDS.size()));
    return new TokenAmount(
        Objects.requireNonNull(tokens.get(kind)), BigInteger.valueOf(1_000 + dice.nextInt(1000)));
  }

  /** Mostly while the payment is on its way. */
  private Duration later(Duration asked) {
    return dice.nextInt(4) == 0
        ? Simulation.moment(dice)
        : asked.plusMillis(500 + dice.nextInt(12_000));
  }

  private Duration sooner() {
    return Simulation.moment(dice).dividedBy(2);
  }

  private Address payee(int index) {
    byte[] bytes = new byte[20];
    for (int i = 0; i < bytes.length - 1; i++) {
      bytes[i] = (byte) dice.nextInt(256);
    }
    bytes[19] = (byte) index;
    return Address.of(bytes);
  }
}
