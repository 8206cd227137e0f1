package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.MemberStatus;
import io.payonce.submit.SettlementProof;
import io.payonce.submit.SubmitResult;
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
    if (dice.nextBoolean() || sim.backups().isPlanned() || sim.failOvers().isPlanned()) {
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
                            .filter(sim.users()::hasEnded)
                            .isPresent()));
  }

  private void round() {
    sim.time().after(ROUND, this::round); // first: the process that is asked may die of it
    List<GroupMember> free = members.stream().filter(this::isFree).toList();
    if (groups.size() < MOST_GROUPS && free.size() >= 2) {
      int size = Math.min(free.size(), 2 + dice.nextInt(3));
      List<GroupMember> chosen = new ArrayList<>(free);
      while (chosen.size() > size) {
        chosen.remove(dice.nextInt(chosen.size()));
      }
      ask(chosen);
      if (dice.nextInt(3) == 0) { // a mistake: two groups with one payee, side by side
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
    }
  }

  private void refund(GroupMember member) {
    sim.chaos().count("user/REFUNDED_MEMBER");
    refunded.add(member.key());
    sim.judge().refunded(member);
  }

  /** Nobody owes it anything but the payment, and no group may have it. */
  private boolean isFree(GroupMember member) {
    boolean pending =
        groups.values().stream()
            .anyMatch(asked -> !asked.answered && asked.group.group().members().contains(member));
    boolean untouched = sim.medium().groupOf(member.key()).isEmpty();
    return !pending && !refunded.contains(member.key()) && (untouched || unpaid(member.key()));
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
