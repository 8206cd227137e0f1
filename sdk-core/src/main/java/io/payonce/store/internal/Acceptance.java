package io.payonce.store.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Fingerprint;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Submission;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.MemberState;
import io.payonce.store.SlotState;
import io.payonce.store.StoredGroup;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What it takes to accept a key or a lane, and how a key that is known already is compared. */
public final class Acceptance {
  private static final int MAX_HELD_BY_OTHERS = 1000;

  /** What differs where amount and payee are the same. */
  private static final String GROUP = "group";

  private Acceptance() {}

  /** A new transfer under its key. */
  public static StoredTransfer accepted(TransferId id, Intake intake, Instant at) {
    return accepted(id, intake, Optional.empty(), at);
  }

  /** The same for a group. */
  public static StoredTransfer accepted(
      TransferId id, Intake intake, Optional<Group> group, Instant at) {
    return accepted(id, intake, group, fingerprint(intake.submission(), group), at);
  }

  /** The same where the fingerprint is known. */
  public static StoredTransfer accepted(
      TransferId id, Intake intake, Optional<Group> group, Fingerprint fingerprint, Instant at) {
    Submission asked = intake.submission();
    return new StoredTransfer(
        id,
        asked.key(),
        fingerprint,
        asked.transfer(),
        asked.options(),
        intake.lane(),
        TransferState.ACCEPTED,
        "",
        "",
        Optional.empty(),
        false,
        at,
        at,
        group.map(StoredGroup::accepted));
  }

  /** What the key of a payment, or of a group that is one, stands for. */
  public static Fingerprint fingerprint(Submission asked, Optional<Group> group) {
    Transfer transfer = asked.transfer();
    return group.isPresent() && transfer.from() instanceof Address wallet
        ? Fingerprint.of(asked.key(), wallet, group.get())
        : Fingerprint.of(asked.key(), transfer);
  }

  /** How a group is taken in: by the wallet that it names. */
  public static Intake intake(GroupSubmission group) {
    return new Intake(group.submission(), new LaneId(group.group().asset().chain(), group.from()));
  }

  /** The answer for a key that is stored already: only the fingerprint decides. */
  public static AcceptResult known(StoredTransfer stored, Submission asked, Optional<Group> group) {
    if (stored.fingerprint().equals(fingerprint(asked, group))) {
      return new AcceptResult.AlreadyKnown(stored);
    }
    List<String> fields = differingFields(stored.transfer(), asked.transfer());
    return new AcceptResult.KeyConflict(stored, fields.isEmpty() ? List.of(GROUP) : fields);
  }

  /** The answer for a payment under the key of a member. */
  public static AcceptResult memberKey(StoredTransfer group) {
    return new AcceptResult.KeyConflict(group, List.of(GROUP));
  }

  /** The answer for a member whose key has a payment of its own. */
  public static AcceptResult isPayment(GroupMember member, TransferId payment) {
    return new AcceptResult.MemberTaken(member.key(), payment, "its key is of a payment");
  }

  /** Whether a group keeps this member, so that no other may have it. */
  public static boolean isLive(IdempotencyKey member, StoredTransfer group) {
    StoredGroup members = group.group().orElseThrow();
    MemberState state = members.states().get(members.position(member));
    // What a replaced block had proven unpaid may still be paid.
    return state != MemberState.NOT_PAID || group.isBroken();
  }

  /**
   * Why a member cannot stand in another group than this one; empty when it can.
   *
   * @param group that it is live in, else the last one that it was in
   */
  public static Optional<AcceptResult> taken(GroupMember member, StoredTransfer group) {
    StoredGroup members = group.group().orElseThrow();
    GroupMember known = members.asked().members().get(members.position(member.key()));
    if (!known.equals(member)) {
      return Optional.of(
          new AcceptResult.MemberTaken(
              member.key(), group.id(), "its key stands for another payee or amount"));
    }
    return isLive(member.key(), group)
        ? Optional.of(
            new AcceptResult.MemberTaken(
                member.key(), group.id(), "it may be paid by the group " + group.key()))
        : Optional.empty();
  }

  /** The slots of a lane that is taken on while transactions of somebody else are pending. */
  public static List<StoredSlot> heldByOthers(LaneId lane, long firstNonce, long nextNonce) {
    SlotId first = new SlotId(lane, firstNonce); // checks the nonce
    if (nextNonce < first.nonce() || nextNonce - first.nonce() > MAX_HELD_BY_OTHERS) {
      throw new IllegalArgumentException(
          "nextNonce "
              + nextNonce
              + " must be "
              + first.nonce()
              + " to "
              + (first.nonce() + MAX_HELD_BY_OTHERS));
    }
    List<StoredSlot> held = new ArrayList<>();
    for (long nonce = first.nonce(); nonce < nextNonce; nonce++) {
      held.add(
          new StoredSlot(
              new SlotId(lane, nonce),
              SlotState.EXPOSED,
              Optional.empty(),
              List.of(),
              Optional.empty()));
    }
    return held;
  }

  private static List<String> differingFields(Transfer stored, Transfer asked) {
    List<String> fields = new ArrayList<>();
    if (!stored.chain().equals(asked.chain())) {
      fields.add("chain");
    }
    if (!stored.from().equals(asked.from())) {
      fields.add("from");
    }
    if (!contract(stored).equals(contract(asked))) {
      fields.add("asset");
    }
    if (!stored.to().equals(asked.to())) {
      fields.add("to");
    }
    if (!stored.amount().units().equals(asked.amount().units())) {
      fields.add("amount");
    }
    return fields;
  }

  private static String contract(Transfer transfer) {
    return transfer.amount().asset() instanceof Asset.Erc20 token
        ? token.contract().value()
        : "native";
  }
}
