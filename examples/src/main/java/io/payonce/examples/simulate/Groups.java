package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.store.SlotState;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.MemberStatus;
import io.payonce.submit.Resolution;
import io.payonce.submit.SettlementProof;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.SimulatedPayment;
import io.payonce.testing.SimulatedPayout;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Hosts that pay many by one transaction. They put payees into groups, by mistake sometimes one
 * that another group has; a payee that is proven unpaid is refunded, or enters the next group.
 */
final class Groups {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration ROUND = Duration.ofSeconds(15);

  /** After these, whoever is unpaid is refunded. */
  private static final int MOST_GROUPS = 8;

  private final Simulation sim;
  private final SplittableRandom dice;
  private final List<GroupMember> members = new ArrayList<>();
  private final Set<IdempotencyKey> refunded = new LinkedHashSet<>();
  private final Map<IdempotencyKey, Asked> groups = new LinkedHashMap<>();
  private Address atomic = Address.ZERO;
  private Address bestEffort = Address.ZERO;
  private Asset asset = Simulation.native_();

  /** A group that was asked for, and whether its host knows what came of that. */
  private static final class Asked {
    private final GroupSubmission group;
    private boolean answered;
    private boolean stored;

    /** A journal that is lost had it, and the present one is to have it again. */
    private boolean repeated;

    /** Its host was told of members that it did not pay, and settles with them otherwise. */
    private boolean closed;

    Asked(GroupSubmission group) {
      this.group = group;
    }
  }

  Groups(Simulation sim, SplittableRandom dice) {
    this.sim = sim;
    this.dice = dice;
  }

  /** In half of the runs there are groups. */
  void plan() {
    if (dice.nextBoolean() || sim.failOvers().isPlanned()) {
      return;
    }
    atomic = sim.chain().deployPayout(false);
    bestEffort = sim.chain().deployPayout(true);
    List<TokenKind> kinds = List.copyOf(sim.users().tokens().keySet()); // sorted
    TokenKind kind = dice.nextInt(4) > 0 ? TokenKind.PLAIN : kinds.get(dice.nextInt(kinds.size()));
    asset =
        dice.nextInt(3) == 0
            ? Simulation.native_()
            : Objects.requireNonNull(sim.users().tokens().get(kind));
    int count = 3 + dice.nextInt(6);
    for (int i = 0; i < count; i++) {
      byte[] payee = new byte[20];
      payee[0] = 0x66;
      payee[19] = (byte) (i + 1);
      TokenAmount amount = new TokenAmount(asset, BigInteger.valueOf(500 + dice.nextInt(100)));
      GroupMember member =
          new GroupMember(IdempotencyKey.of("member-" + i), Address.of(payee), amount);
      members.add(member);
      sim.judge().expect(member);
      if (dice.nextInt(5) == 0) {
        sim.time().after(Simulation.moment(dice), () -> refuse(member, true));
        sim.time().after(Simulation.moment(dice), () -> refuse(member, false));
      }
    }
    sim.time().after(Simulation.moment(dice).dividedBy(3), this::round);
  }

  /** The contracts that a guard lets be called. */
  List<Address> contracts() {
    return members.isEmpty() ? List.of() : List.of(atomic, bestEffort);
  }

  private void refuse(GroupMember member, boolean refuses) {
    sim.chain().refuse(atomic, member.to(), refuses);
    sim.chain().refuse(bestEffort, member.to(), refuses);
  }

  /** Every group that may have been stored is known, and has ended. */
  boolean allEnded() {
    return groups.values().stream()
        .allMatch(
            asked ->
                asked.answered
                    && (!asked.stored
                        || sim.medium()
                            .find(asked.group.key())
                            .filter(group -> hasEnded(asked, group))
                            .isPresent()));
  }

  private boolean hasEnded(Asked asked, StoredTransfer group) {
    return sim.users().hasEnded(group)
        || (Users.isPossibleDuplicate(group) && isPaid(asked) && wholly(asked, group).isEmpty());
  }

  /** Its host was told that nobody in it was paid. */
  void toldUnpaid(IdempotencyKey group) {
    Asked asked = groups.get(group);
    if (asked != null) {
      asked.closed = true;
    }
  }

  /** What hosts have settled otherwise, and an old journal would still pay. */
  List<IdempotencyKey> closedButOpen() {
    return groups.values().stream()
        .filter(asked -> asked.closed && !isPaid(asked)) // one that paid some is held for ever
        .map(asked -> asked.group.key())
        .filter(key -> sim.medium().find(key).filter(t -> t.state().isUnbound()).isPresent())
        .toList();
  }

  /** The journal is old: each group that it has lost is repeated as it was, sooner or later. */
  void restored() {
    for (Asked asked : groups.values()) {
      boolean gone = sim.medium().find(asked.group.key()).isEmpty();
      if (gone && asked.closed) {
        asked.stored = false;
        sim.judge().mayBeUnknown(asked.group.key());
      } else if (gone && asked.stored) {
        asked.answered = false;
        asked.stored = false;
        asked.repeated = true;
        sim.time().after(Simulation.moment(dice).dividedBy(2), () -> submit(asked));
      }
    }
  }

  private void round() {
    sim.time().after(ROUND, this::round); // first: the process that is asked may die of it
    if (sim.backups().isRecovering()) {
      return; // no new group and no refund
    }
    List<GroupMember> free = members.stream().filter(this::isFree).toList();
    if (groups.size() < MOST_GROUPS && free.size() >= 2) {
      int size = Math.min(free.size(), 2 + dice.nextInt(3));
      List<GroupMember> chosen = new ArrayList<>(free);
      while (chosen.size() > size) {
        chosen.remove(dice.nextInt(chosen.size()));
      }
      ask(chosen);
      boolean mistakes = !sim.backups().isPlanned(); // no old journal would tell one from another
      if (dice.nextInt(3) == 0 && mistakes) { // two groups with one payee, side by side
        GroupMember other = free.get(dice.nextInt(free.size()));
        List<GroupMember> racing = new ArrayList<>(List.of(chosen.get(0)));
        if (!racing.contains(other)) {
          racing.add(other);
          ask(racing);
        }
      }
    } else {
      free.stream().filter(member -> unpaid(member.key())).forEach(this::refund);
    }
    for (Asked asked : groups.values()) {
      sim.medium()
          .find(asked.group.key())
          .filter(t -> t.state() == TransferState.QUARANTINED)
          .ifPresent(sim.users()::decide);
      sim.medium()
          .find(asked.group.key())
          .filter(Users::isPossibleDuplicate)
          .ifPresent(group -> compare(asked, group));
    }
  }

  /** As one call: with whom one transaction paid all of its members, or with nobody. */
  private void compare(Asked asked, StoredTransfer group) {
    List<StoredOrphan> alike = orphans(group);
    boolean isFinal =
        alike.stream()
            .allMatch(
                orphan ->
                    sim.medium()
                        .slot(orphan.slot())
                        .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
                        .isPresent());
    if (!isFinal) {
      return; // it may be another's in the end
    }
    Optional<StoredOrphan> same = wholly(asked, group);
    if (same.isPresent()) {
      sim.chaos().count("user/GROUP_PAID_BY_ORPHAN");
      Resolution paid = new Resolution.PaidByOrphan(same.get().hash(), "it paid these members");
      sim.users().resolve(group.key(), paid);
    } else if (!isPaid(asked)) {
      sim.chaos().count("user/GROUP_NOT_A_DUPLICATE");
      Resolution other = new Resolution.NotADuplicate("nobody in it was paid");
      sim.users().resolve(group.key(), other);
    }
  }

  private List<StoredOrphan> orphans(StoredTransfer group) {
    return sim.medium().orphans(group.lane().chain()).stream()
        .filter(orphan -> orphan.isLike(group) && orphan.holds(group.id()))
        .toList();
  }

  private Optional<StoredOrphan> wholly(Asked asked, StoredTransfer group) {
    return orphans(group).stream()
        .filter(
            orphan ->
                asked.group.group().members().stream()
                    .allMatch(
                        member ->
                            paid(member).stream().anyMatch(p -> p.hash().equals(orphan.hash()))))
        .findFirst();
  }

  private boolean isPaid(Asked asked) {
    return asked.group.group().members().stream().anyMatch(member -> !paid(member).isEmpty());
  }

  private List<SimulatedPayment> paid(GroupMember member) {
    return sim.chain().payments(member.amount().asset(), member.to());
  }

  /** The host of this member no longer counts on the groups that it was in. */
  private void settle(GroupMember member) {
    groups.values().stream()
        .filter(asked -> asked.answered && of(member).test(asked))
        .forEach(asked -> asked.closed = true);
  }

  private void refund(GroupMember member) {
    sim.chaos().count("user/REFUNDED_MEMBER");
    refunded.add(member.key());
    settle(member);
    sim.judge().refunded(member);
  }

  /** Nobody owes it anything but the payment, and no group may have it. */
  private boolean isFree(GroupMember member) {
    boolean pending =
        groups.values().stream().anyMatch(asked -> !asked.answered && of(member).test(asked));
    boolean untouched =
        sim.medium().groupOf(member.key()).isEmpty()
            && (!sim.backups().hasHappened() || groups.values().stream().noneMatch(of(member)));
    return !pending && !refunded.contains(member.key()) && (untouched || unpaid(member.key()));
  }

  private static Predicate<Asked> of(GroupMember member) {
    return asked -> asked.group.group().members().contains(member);
  }

  private boolean unpaid(IdempotencyKey member) {
    return MemberStatus.of(sim.medium(), member)
        .filter(status -> status.verdict().safeToRefund())
        .isPresent();
  }

  private void ask(List<GroupMember> chosen) {
    LaneId lane = sim.lanes().get(dice.nextInt(sim.lanes().size()));
    boolean own = asset instanceof Asset.Native || dice.nextInt(3) > 0;
    Group call =
        new Group(
            dice.nextBoolean() ? atomic : bestEffort,
            SimulatedPayout.call(chosen),
            SimulatedPayout.gasLimit(chosen),
            own ? Simulation.PAYOUT_PROOF : SettlementProof.TRANSFER_LOGS,
            chosen);
    GroupSubmission group =
        new GroupSubmission(IdempotencyKey.of("group-" + groups.size()), lane.address(), call);
    chosen.forEach(this::settle);
    Asked asked = new Asked(group);
    groups.put(group.key(), asked);
    sim.judge().expect(group);
    submit(asked);
    if (dice.nextInt(4) == 0) {
      sim.time().after(Simulation.moment(dice), () -> submit(asked));
    }
    if (dice.nextInt(5) == 0) {
      sim.time()
          .after(
              Simulation.moment(dice).dividedBy(4),
              () -> sim.users().cancel(group.key(), "stopped"));
    }
  }

  private void submit(Asked asked) {
    if (asked.closed && sim.medium().find(asked.group.key()).isEmpty()) {
      return; // settled otherwise, and lost: no host sends such a key to an old journal
    }
    Optional<Simulation.Life> life = sim.life(dice);
    if (life.isEmpty()) {
      sim.time().after(PATIENCE, () -> submit(asked));
      return;
    }
    try {
      SubmitResult result = life.get().submitter().submitGroup(asked.group);
      if (result instanceof SubmitResult.MemberTaken taken) {
        taken(asked, taken);
        return;
      }
      if (result instanceof SubmitResult.NotAccepted) { // it is closing; nothing was stored
        sim.time().after(PATIENCE, () -> submit(asked));
        return;
      }
      sim.judge()
          .require(
              result instanceof SubmitResult.Accepted
                  || result instanceof SubmitResult.AlreadyKnown,
              "I9 the same group again is known",
              asked.group.key() + " gave " + result);
      asked.stored = true;
      asked.answered = true;
    } catch (StoreUnavailableException unavailable) {
      sim.time().after(PATIENCE, () -> submit(asked));
    } catch (Killed killed) {
      sim.time().after(PATIENCE, () -> submit(asked));
      throw killed;
    }
  }

  private void taken(Asked asked, SubmitResult.MemberTaken taken) {
    sim.chaos().count("user/MEMBER_TAKEN");
    Optional<StoredTransfer> by = sim.medium().find(taken.by());
    boolean stays =
        by.filter(g -> hasEnded(Objects.requireNonNull(groups.get(g.key())), g)).isPresent();
    if (asked.repeated && !stays) { // by a group that ended unpaid, in the journal that is lost
      sim.time().after(PATIENCE, () -> submit(asked));
      return;
    }
    sim.judge()
        .require(
            !asked.stored
                && sim.medium().find(asked.group.key()).isEmpty()
                && by.isPresent()
                && !by.get().key().equals(asked.group.key()),
            "I1 a member is refused to a second group only, which stores nothing",
            asked.group.key() + " gave " + taken);
    asked.answered = true;
    sim.judge().mayBeUnknown(asked.group.key());
  }
}
