package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.Reservation;
import io.payonce.nonce.ReservationRefusal;
import io.payonce.nonce.ReservationRefusedException;
import io.payonce.signing.AttemptKind;
import io.payonce.store.SlotState;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredSlot;
import io.payonce.submit.Actor;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Hosts with transactions of their own from the wallets that payments leave from. They reserve a
 * nonce and sign; or give it back, or forget it, or vanish after they intended; or send by
 * themselves, or say so and did not. Whatever they were told before a crash is lost: each looks
 * into the journal again and goes on with the next step. After an old backup most look at the chain
 * too, for what they have signed; the careless ask for it again, and are refused. And an operator,
 * who fills what never comes.
 */
final class Hosts {
  private static final Duration ROUND = Duration.ofSeconds(5);
  private static final Duration OPERATORS_ROUND = Duration.ofSeconds(20);

  /** Rounds of the operator in which a nonce may be open. */
  private static final int PATIENCE = 4;

  private static final Actor HOST = new Actor("treasury");

  /**
   * So that the fee limit leaves room for a fill, and for another when finality breaks under it.
   */
  private static final Wei MOST_PER_GAS = Wei.gwei(3_000);

  private static final BigInteger GAS = BigInteger.valueOf(21_000);

  private final Simulation sim;
  private final SplittableRandom dice;
  private final List<Errand> errands = new ArrayList<>();

  Hosts(Simulation sim, SplittableRandom dice) {
    this.sim = sim;
    this.dice = dice;
  }

  /** What becomes of an errand by its host's doing. */
  private enum Fate {
    SIGNS,
    GIVES_BACK,
    FORGETS,
    VANISHES,
    SENDS_ITSELF,
    ONLY_SAYS_SO
  }

  /** One transaction of a host's own: coins to a payee that nobody else pays. */
  private static final class Errand {
    private final String name;
    private final LaneId lane;
    private final int wallet;
    private final Address payee;
    private final Fate fate;
    private final Duration life;

    /** Its host asks again after an old backup without a look at the chain. */
    private final boolean careless;

    /** All that was ever signed for it. */
    private final List<SignedTransaction> signed = new ArrayList<>();

    /** It held a nonce, as the journal showed. */
    private boolean held;

    private boolean over;

    /** In how many rounds of the operator it was open. */
    private int open;

    Errand(
        String name,
        LaneId lane,
        int wallet,
        Address payee,
        Fate fate,
        Duration life,
        boolean careless) {
      this.name = name;
      this.lane = lane;
      this.wallet = wallet;
      this.payee = payee;
      this.fate = fate;
      this.life = life;
      this.careless = careless;
    }

    private UnsignedTransaction at(long nonce) {
      return new UnsignedTransaction.DynamicFee(
          lane.chain(),
          nonce,
          Wei.gwei(2),
          MOST_PER_GAS,
          GAS,
          payee,
          Wei.of(77),
          Bytes.EMPTY,
          List.of());
    }
  }

  /** In half of the runs there are hosts. */
  void plan() {
    boolean none = dice.nextBoolean() || sim.failOvers().isPlanned();
    int count = none ? 0 : 1 + dice.nextInt(4);
    for (int i = 0; i < count; i++) {
      int wallet = dice.nextInt(sim.lanes().size());
      byte[] payee = new byte[20];
      payee[0] = 0x55;
      payee[19] = (byte) (i + 1);
      Errand errand =
          new Errand(
              "errand-" + i,
              sim.lanes().get(wallet),
              wallet,
              Address.of(payee),
              dice.nextInt(3) == 0 ? Fate.SIGNS : Fate.values()[dice.nextInt(Fate.values().length)],
              Duration.ofSeconds(15 + dice.nextInt(50)), // it looks every five
              dice.nextInt(3) == 0);
      errands.add(errand);
      sim.judge().expectOnce(errand.payee);
      sim.time().after(Simulation.moment(dice).dividedBy(2), () -> goOn(errand));
    }
    if (count > 0) {
      sim.time().after(OPERATORS_ROUND, this::operate);
    }
  }

  /** Looks at the journal and takes the next step; whatever comes of it, it looks again. */
  private void goOn(Errand errand) {
    if (errand.over) {
      return;
    }
    sim.time().after(ROUND, () -> goOn(errand));
    if (sim.backups().isRecovering()) {
      return; // nobody asks for anything meanwhile
    }
    Optional<StoredSlot> found = sim.medium().reserved(errand.lane, errand.name);
    boolean lost = found.flatMap(StoredSlot::host).isEmpty() && hasRun(errand);
    if (lost && !errand.careless) {
      sim.chaos().count("host/FOUND_ON_THE_CHAIN");
      errand.over = true; // the present journal does not know
      return;
    }
    if (found.isEmpty()) {
      errand.over = errand.held && givesUp(errand.fate);
      if (!errand.over) {
        ask(n -> drop(n.reserve(errand.lane, errand.name, errand.life, HOST, "errand")));
      }
      return;
    }
    errand.held = true;
    StoredSlot slot = found.get();
    boolean taken = !slot.state().isOpen() || slot.state() == SlotState.EXPOSED;
    if (slot.host().isEmpty() && taken) {
      errand.over = slot.state() == SlotState.CONSUMED_FINAL; // somebody else has used it
    } else if (slot.host().isEmpty()) {
      reserved(errand, slot.id());
    } else if (slot.state() == SlotState.INTENDED) {
      intended(errand, slot.id());
    } else if (errand.fate == Fate.SIGNS && slot.host().get().signed().isEmpty()) {
      intended(errand, slot.id());
    } else if (slot.state() == SlotState.CONSUMED_FINAL) {
      errand.over = true;
      slot.consumption().ifPresent(by -> sim.chaos().count("host/ENDED_" + by.by()));
    }
  }

  /** The chain may have it already, which its host believes: it gives the nonce back. */
  private void stopAtDuplicate(Errand errand, Reservation held, @Nullable Throwable refused) {
    Throwable cause = refused instanceof CompletionException ? refused.getCause() : refused;
    boolean duplicate =
        cause instanceof ReservationRefusedException why
            && why.code() == ReservationRefusal.POSSIBLE_DUPLICATE;
    if (duplicate) {
      sim.chaos().count("host/REFUSED_AS_DUPLICATE");
      errand.over = true;
      drop(held.release());
    }
  }

  private static boolean givesUp(Fate fate) {
    return fate == Fate.GIVES_BACK || fate == Fate.FORGETS;
  }

  private void reserved(Errand errand, SlotId slot) {
    switch (errand.fate) {
      case GIVES_BACK -> {
        sim.chaos().count("host/GAVE_BACK");
        step(errand, Reservation::release);
      }
      case FORGETS -> sim.chaos().count("host/FORGOT");
      case SIGNS, VANISHES, SENDS_ITSELF, ONLY_SAYS_SO -> {
        sim.chaos().count("host/INTENDED");
        step(
            errand,
            held ->
                held.intend(errand.at(slot.nonce()))
                    .whenComplete((done, refused) -> stopAtDuplicate(errand, held, refused)));
      }
    }
  }

  private void intended(Errand errand, SlotId slot) {
    UnsignedTransaction tx = errand.at(slot.nonce());
    switch (errand.fate) {
      case SIGNS -> {
        SignedTransaction bytes = sign(errand, tx);
        sim.chaos().count("host/SIGNED");
        step(errand, held -> held.signed(bytes));
      }
      case SENDS_ITSELF -> {
        SignedTransaction bytes = sign(errand, tx);
        sim.chaos().count("host/SENT_ITSELF");
        var unused = sim.chain().injectForeign(bytes.raw());
        step(errand, held -> held.unknown("the custodian did not answer"));
      }
      case ONLY_SAYS_SO -> {
        sim.chaos().count("host/SAID_UNKNOWN");
        step(errand, held -> held.unknown("the custodian did not answer"));
      }
      case VANISHES -> sim.chaos().count("host/VANISHED");
      case GIVES_BACK, FORGETS ->
          throw sim.judge().violation("I3 only who intends has an intent", errand.name);
    }
  }

  private SignedTransaction sign(Errand errand, UnsignedTransaction tx) {
    SignedTransaction bytes = sim.signElsewhere(errand.wallet, tx, dice);
    sim.judge().signedByHost(bytes);
    errand.signed.add(bytes);
    return bytes;
  }

  /** As a host sees that compares what it has signed with the chain. */
  private boolean hasRun(Errand errand) {
    return errand.signed.stream().anyMatch(bytes -> sim.chain().isIncluded(bytes.hash()));
  }

  private void step(Errand errand, Function<Reservation, CompletableFuture<?>> step) {
    ask(
        nonces ->
            nonces.reservation(errand.lane, errand.name).ifPresent(held -> drop(step.apply(held))));
  }

  private void operate() {
    sim.time().after(OPERATORS_ROUND, this::operate);
    if (sim.backups().isRecovering()) {
      return; // the operators of the journal are at work
    }
    for (Errand errand : errands) {
      Optional<StoredSlot> open =
          sim.medium()
              .reserved(errand.lane, errand.name)
              .filter(slot -> slot.state().isOpen() && slot.state() != SlotState.RESERVED)
              .filter(
                  slot -> slot.attempts().stream().noneMatch(a -> a.kind() == AttemptKind.FILL));
      errand.open = open.isPresent() ? errand.open + 1 : 0;
      if (errand.open > PATIENCE) {
        sim.chaos().count("host/FILLED");
        long nonce = open.orElseThrow().id().nonce();
        ask(nonces -> drop(nonces.fill(errand.lane, nonce, HOST, "it never comes")));
      }
    }
  }

  private void ask(Consumer<NonceManager> question) {
    sim.life(dice)
        .ifPresent(
            life -> {
              try {
                question.accept(life.submitter().nonces());
              } catch (StoreUnavailableException unavailable) {
                sim.chaos().count("host/REQUEST_FAILED"); // it looks again
              }
            });
  }

  private static void drop(CompletableFuture<?> answer) {
    var unused = answer.exceptionally(failure -> null);
  }
}
