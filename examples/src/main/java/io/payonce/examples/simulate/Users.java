package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.Source;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.nonce.LaneStatus;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.SlotState;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.Resolution;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.SimulatedPayment;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The hosts: they submit, submit again, change their minds, take refunds or pay again under a new
 * key when they may, and never give up. And the operators, who resume what an incident has frozen.
 */
final class Users {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration ROUND = Duration.ofSeconds(20);
  private static final int MOST_KEYS = 3;

  /** One run of so many has hosts that change their minds about half of their payments. */
  private static final int FICKLE = 4;

  /** Who has cancelled asks so often what came of it. */
  private static final int MOST_LOOKS = 20;

  private static final Duration LOOK = Duration.ofSeconds(5);

  /** Refusals to resume a wallet after which its operator fills what pools hold of it. */
  private static final int REFUSALS = 5;

  private static final List<TokenKind> KINDS = List.of(TokenKind.values());
  private static final Actor USER = new Actor("user");
  private static final Actor OPERATOR = new Actor("operator");

  private final Simulation sim;
  private final SplittableRandom dice;
  private final Map<TokenKind, Asset.Erc20> tokens;
  private final List<Debt> debts = new ArrayList<>();
  private final Map<IdempotencyKey, Debt> byKey = new LinkedHashMap<>();

  /** Keys that were proven unpaid: their debts are settled otherwise. */
  private final Set<IdempotencyKey> closed = new LinkedHashSet<>();

  private final Map<LaneId, Integer> refusals = new HashMap<>(); // never iterated

  /** What a host owes, under the key that it asks with now. */
  private static final class Debt {
    private final String name;
    private final Transfer transfer;
    private IdempotencyKey key;
    private int keys = 1;

    /** The journal may know the key, so that no other may be taken. */
    private boolean perhapsKnown;

    Debt(String name, Transfer transfer) {
      this.name = name;
      this.transfer = transfer;
      this.key = IdempotencyKey.of(name);
    }
  }

  Users(Simulation sim, SplittableRandom dice, Map<TokenKind, Asset.Erc20> tokens) {
    this.sim = sim;
    this.dice = dice;
    this.tokens = tokens;
  }

  Map<TokenKind, Asset.Erc20> tokens() {
    return tokens;
  }

  void plan() {
    SplittableRandom own = new SplittableRandom(~sim.seed() * 53); // moves no other part's dice
    boolean fickle = own.nextInt(FICKLE) == 0;
    for (int i = 0; i < Simulation.PAYMENTS; i++) {
      Address wallet = sim.lanes().get(dice.nextInt(sim.lanes().size())).address();
      Source from = dice.nextInt(3) == 0 ? Simulation.POOL : wallet;
      Debt debt = new Debt("payment-" + i, Transfer.of(amount()).from(from).to(payee(i)));
      debts.add(debt);
      asks(debt);
      Duration first = sooner();
      sim.time().after(first, () -> submit(debt));
      if (dice.nextInt(3) == 0) {
        sim.time().after(Simulation.moment(dice), () -> submit(debt));
      }
      if (dice.nextInt(5) == 0) {
        sim.time().after(Simulation.moment(dice), () -> conflict(debt));
      }
      if (dice.nextInt(5) == 0) {
        sim.time().after(later(first), () -> cancel(debt.key, "changed my mind"));
      }
      if (dice.nextInt(6) == 0) {
        sim.time().after(later(first), () -> ask(s -> drop(s.speedUp(debt.key))));
      }
      if (fickle && own.nextBoolean()) {
        Duration soon = first.plusMillis(500 + own.nextInt(12_000));
        sim.time().after(soon, () -> cancel(debt.key, "on second thoughts"));
      }
    }
    sim.time().after(ROUND, this::operate);
  }

  /** From whatever host: the engine may cancel it from now on. */
  void cancel(IdempotencyKey key, String reason) {
    sim.judge().mayCancel(key);
    ask(submitter -> drop(submitter.cancel(key, USER, reason)));
    sim.time().after(LOOK, () -> look(key, MOST_LOOKS));
  }

  /** Asks the journal, by whatever process, and acts by what it says. */
  private void look(IdempotencyKey key, int looks) {
    ask(
        submitter ->
            submitter
                .status(key)
                .ifPresent(
                    status -> {
                      if (sim.judge().said(status)) {
                        unpaid(key);
                      }
                    }));
    boolean open = sim.medium().find(key).filter(t -> !t.state().isTerminal()).isPresent();
    if (open && looks > 1) {
      sim.time().after(LOOK, () -> look(key, looks - 1));
    }
  }

  private void asks(Debt debt) {
    byKey.put(debt.key, debt);
    sim.judge().expect(debt.key, debt.transfer);
  }

  /** Terminal, quarantined, or held for a reason that lies in the token. */
  boolean allEnded() {
    return byKey.entrySet().stream()
        .allMatch(
            each -> {
              boolean asksNow = each.getValue().key.equals(each.getKey());
              Optional<StoredTransfer> found = sim.medium().find(each.getKey());
              boolean needed = asksNow && !closed.contains(each.getKey());
              return found
                  .map(transfer -> hasEnded(transfer) || isSettledAndHeld(transfer))
                  .orElse(!needed); // an old key may be unknown
            });
  }

  /** It was unpaid in a journal that is lost, and the present one will not pay it. */
  private boolean isSettledAndHeld(StoredTransfer transfer) {
    return sim.failOvers().hasHappened()
        && closed.contains(transfer.key())
        && isPossibleDuplicate(transfer);
  }

  boolean hasEnded(StoredTransfer transfer) {
    boolean mayBeClosed =
        transfer.state() == TransferState.QUARANTINED
            && (transfer.code().equals("FOREIGN_USE")
                || (transfer.isBroken()
                    && !finalConsumer(transfer).equals(Optional.of(ConsumerClass.UNPROVEN))));
    return transfer.state().isTerminal()
        || (transfer.state() == TransferState.QUARANTINED && !mayBeClosed)
        || (transfer.state() == TransferState.HELD && transfer.code().equals("PRECHECK_REFUSED"))
        || (isPossibleDuplicate(transfer)
            && paid(transfer).stream().anyMatch(each -> !isWhole(each, transfer)));
  }

  /** How the payments ended: by the last key of each debt. */
  Map<String, Long> ends() {
    Map<String, Long> ends = new TreeMap<>();
    debts.forEach(
        debt ->
            ends.merge(
                sim.medium().find(debt.key).map(t -> t.state().name()).orElse("NEVER_ACCEPTED"),
                1L,
                Long::sum));
    return ends;
  }

  private void submit(Debt debt) {
    if (closed.contains(debt.key) && sim.medium().find(debt.key).isEmpty()) {
      return; // settled otherwise, and lost: no host sends such a key to an old journal
    }
    Optional<Simulation.Life> life = sim.life(dice);
    if (life.isEmpty()) {
      sim.time().after(PATIENCE, () -> submit(debt));
      return;
    }
    boolean mayBeFirst = !debt.perhapsKnown;
    debt.perhapsKnown = true;
    try {
      SubmitOptions options = options();
      if (options.cancelAtDeadline()) {
        sim.judge().mayCancel(debt.key);
      }
      SubmitResult result = life.get().submitter().submit(debt.key, debt.transfer, options);
      if (result instanceof SubmitResult.NotAccepted) { // it is closing; nothing was stored
        debt.perhapsKnown = !mayBeFirst;
        sim.time().after(PATIENCE, () -> submit(debt));
        return;
      }
      sim.judge()
          .require(
              result instanceof SubmitResult.Accepted
                  || result instanceof SubmitResult.AlreadyKnown,
              "I9 the same request again is known",
              debt.key + " gave " + result);
    } catch (StoreUnavailableException unavailable) {
      if (unavailable.outcome() == Outcome.NOT_APPLIED && mayBeFirst) {
        debt.perhapsKnown = false;
        if (dice.nextInt(3) == 0) {
          sim.judge().mayBeUnknown(debt.key);
          nextKey(debt);
        }
      }
      sim.time().after(PATIENCE, () -> submit(debt));
    } catch (Killed killed) {
      sim.time().after(PATIENCE, () -> submit(debt));
      throw killed;
    }
  }

  /** Any urgency, and for some a time before which, or until which, they are to be paid. */
  private SubmitOptions options() {
    Priority[] priorities = Priority.values();
    SubmitOptions options =
        SubmitOptions.defaults().withPriority(priorities[dice.nextInt(priorities.length)]);
    Instant now = sim.time().now();
    return switch (dice.nextInt(8)) {
      case 0 -> options.withNotBefore(now.plusSeconds(dice.nextInt(40)));
      case 1 -> options.withDeadline(now.plusSeconds(20 + dice.nextInt(100)));
      case 2 -> options.withCancelAt(now.plusSeconds(20 + dice.nextInt(100)));
      default -> options;
    };
  }

  private void nextKey(Debt debt) {
    debt.keys++;
    debt.key = IdempotencyKey.of(debt.name + "." + debt.keys);
    debt.perhapsKnown = false;
    asks(debt);
  }

  /** A payment is proven unpaid: half of the hosts give the money back, the others pay anew. */
  void unpaid(IdempotencyKey key) {
    Debt debt = byKey.get(key);
    if (debt == null) {
      sim.groups().toldUnpaid(key); // or no host asked for it, which the judge has said
      return;
    }
    closed.add(key);
    if (key.equals(debt.key) && debt.keys < MOST_KEYS && dice.nextBoolean()) {
      nextKey(debt);
      sim.chaos().count("user/PAYS_AGAIN");
      sim.time().after(PATIENCE, () -> submit(debt));
    } else {
      sim.chaos().count("user/REFUNDED");
      sim.judge().refunded(debt.transfer);
    }
  }

  /** The journal is old: hosts repeat the keys that it has lost, sooner or later. */
  void restored() {
    for (Debt debt : debts) {
      boolean gone = sim.medium().find(debt.key).isEmpty();
      if (gone && debt.perhapsKnown && !closed.contains(debt.key)) {
        sim.time().after(Simulation.moment(dice).dividedBy(2), () -> submit(debt));
      }
    }
    for (IdempotencyKey key : byKey.keySet()) {
      boolean repeated = Objects.requireNonNull(byKey.get(key)).key.equals(key);
      if (sim.medium().find(key).isEmpty() && (closed.contains(key) || !repeated)) {
        sim.judge().mayBeUnknown(key);
      }
    }
  }

  /** What hosts were told to be unpaid, and an old journal would still pay. */
  List<IdempotencyKey> closedButOpen() {
    List<IdempotencyKey> open = new ArrayList<>(sim.groups().closedButOpen());
    closed.stream()
        .filter(key -> sim.medium().find(key).filter(t -> t.state().isUnbound()).isPresent())
        .forEach(open::add);
    return open;
  }

  /** As it was told once that the payment is unpaid, and has settled it otherwise. */
  void cancelAgain(IdempotencyKey key) {
    String why = "it was settled otherwise";
    if (sim.medium().find(key).filter(this::waitsForOrphan).isPresent()) {
      Resolution other = new Resolution.NotADuplicate(why);
      insist(submitter -> drop(submitter.resolve(key, other, OPERATOR)));
    } else {
      sim.chaos().count("user/CANCELLED_AGAIN");
      insist(submitter -> drop(submitter.cancel(key, USER, why)));
    }
  }

  /** One that an orphan holds is paid by nobody; who lets it go would have it paid. */
  void cancelUnlessHeld(IdempotencyKey key) {
    if (sim.medium().find(key).filter(Users::isPossibleDuplicate).isEmpty()) {
      cancelAgain(key);
    }
  }

  private void conflict(Debt debt) {
    if (sim.medium().find(debt.key).isEmpty()) {
      return;
    }
    Transfer transfer = debt.transfer;
    Transfer other =
        Transfer.of(
                new TokenAmount(
                    transfer.amount().asset(), transfer.amount().units().add(BigInteger.ONE)))
            .from(transfer.from())
            .to(transfer.to());
    IdempotencyKey key = debt.key;
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

  /**
   * Looks after what needs a person: frozen lanes, nonces that somebody else has used, and those
   * that somebody's transaction held and lost again.
   */
  private void operate() {
    sim.time().after(ROUND, this::operate);
    if (sim.backups().isRecovering()) {
      return; // the operators of the journal are at work
    }
    for (LaneId lane : sim.lanes()) {
      for (StoredSlot slot : sim.medium().openSlots(lane)) {
        if (isHeldByOthers(slot)) {
          sim.chaos().count("user/FILLED");
          long nonce = slot.id().nonce();
          ask(submitter -> drop(submitter.nonces().fill(lane, nonce, OPERATOR, "never mined")));
        }
      }
      ask(
          submitter -> {
            boolean others = sim.failOvers().hasHappened();
            if (!others && submitter.nonces().lane(lane).state() == LaneStatus.State.FROZEN) {
              sim.chaos().count("user/RESUMED_LANE");
              drop(
                  submitter
                      .nonces()
                      .resume(lane, OPERATOR, "audited")
                      .whenComplete((resumed, refused) -> look(submitter, lane, refused != null)));
            }
          });
    }
    for (Map.Entry<IdempotencyKey, Debt> each : byKey.entrySet()) {
      sim.medium()
          .find(each.getKey())
          .filter(t -> t.state() == TransferState.QUARANTINED || isPossibleDuplicate(t))
          .filter(t -> !isSettledAndHeld(t))
          .ifPresent(this::decide);
    }
  }

  /** A wallet that pools keep from being resumed, again and again: they hold what nobody mines. */
  private void look(IdempotentSubmitter submitter, LaneId lane, boolean refused) {
    int rounds = refused ? refusals.merge(lane, 1, Integer::sum) : 0;
    refusals.put(lane, rounds);
    if (rounds > REFUSALS) {
      drop(
          submitter
              .nonces()
              .auditAgainstChain(lane)
              .thenCompose(
                  audit -> {
                    boolean held =
                        audit.pendingClaim() > audit.nextNonce()
                            && audit.countAtHead() <= audit.nextNonce();
                    if (!held) {
                      return CompletableFuture.completedFuture(null);
                    }
                    sim.chaos().count("user/FILLED");
                    return submitter
                        .nonces()
                        .fill(lane, audit.nextNonce(), OPERATOR, "never mined");
                  }));
    }
  }

  void decide(StoredTransfer transfer) {
    IdempotencyKey key = transfer.key();
    if (isPossibleDuplicate(transfer)) {
      compare(transfer);
      return;
    }
    Optional<ConsumerClass> by = finalConsumer(transfer);
    boolean foreign = by.filter(ConsumerClass::isForeign).isPresent();
    if (transfer.code().equals("FOREIGN_USE") || (transfer.isBroken() && foreign)) {
      sim.chaos().count("user/GAVE_UP");
      ask(submitter -> drop(submitter.giveUp(key, OPERATOR, "another wallet used it")));
    } else if (transfer.isBroken() && by.isPresent()) {
      sim.chaos().count("user/RESOLVED_BROKEN");
      Resolution looked = new Resolution.AsFinal("the chain is sound again");
      ask(submitter -> drop(submitter.resolve(key, looked, OPERATOR)));
    }
  }

  static boolean isPossibleDuplicate(StoredTransfer transfer) {
    return transfer.state() == TransferState.HELD && transfer.code().equals("POSSIBLE_DUPLICATE");
  }

  /** A wallet that is paused looks at nothing again: once all are dismissed it is held in name. */
  private boolean waitsForOrphan(StoredTransfer transfer) {
    return isPossibleDuplicate(transfer)
        && sim.medium().orphans(transfer.lane().chain()).stream()
            .anyMatch(orphan -> orphan.isLike(transfer) && orphan.holds(transfer.id()));
  }

  /** Payee and amount are of one debt alone, so a transaction that paid them has settled it. */
  private void compare(StoredTransfer transfer) {
    List<SimulatedPayment> paid = paid(transfer);
    Optional<StoredOrphan> orphan =
        sim.medium().orphans(transfer.lane().chain()).stream()
            .filter(each -> each.isLike(transfer) && each.holds(transfer.id()))
            .findFirst();
    Optional<StoredSlot> slot = orphan.flatMap(o -> sim.medium().slot(o.slot()));
    if (slot.filter(s -> s.state() == SlotState.CONSUMED_FINAL).isEmpty()) {
      return; // it may be another's in the end
    }
    TransactionHash hash = orphan.orElseThrow().hash();
    if (paid.stream().anyMatch(each -> each.hash().equals(hash) && isWhole(each, transfer))) {
      sim.chaos().count("user/PAID_BY_ORPHAN");
      Resolution same = new Resolution.PaidByOrphan(hash, "the same payee and amount");
      resolve(transfer.key(), same);
    } else if (paid.isEmpty()) {
      sim.chaos().count("user/NOT_A_DUPLICATE");
      Resolution other = new Resolution.NotADuplicate("it moved nothing");
      resolve(transfer.key(), other);
    }
  }

  void resolve(IdempotencyKey key, Resolution how) {
    ask(submitter -> drop(submitter.resolve(key, how, OPERATOR)));
  }

  private List<SimulatedPayment> paid(StoredTransfer transfer) {
    return sim.chain().payments(transfer.transfer().amount().asset(), transfer.transfer().to());
  }

  private static boolean isWhole(SimulatedPayment payment, StoredTransfer transfer) {
    return payment
        .moved()
        .filter(moved -> moved.amount().equals(transfer.transfer().amount()))
        .isPresent();
  }

  private Optional<ConsumerClass> finalConsumer(StoredTransfer transfer) {
    return transfer
        .slot()
        .flatMap(sim.medium()::slot)
        .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
        .flatMap(StoredSlot::consumption)
        .map(Consumption::by);
  }

  private static boolean isHeldByOthers(StoredSlot slot) {
    return slot.state() == SlotState.EXPOSED
        && slot.transfer().isEmpty()
        && slot.attempts().isEmpty();
  }

  /** Nobody asks for anything while operators put a backup of the journal back. */
  void ask(Consumer<IdempotentSubmitter> question) {
    if (!sim.backups().isRecovering()) {
      insist(question);
    }
  }

  void insist(Consumer<IdempotentSubmitter> question) {
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
  static void drop(CompletableFuture<?> answer) {
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
