package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.internal.Keccak256;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Operator;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.AttemptState;
import io.payonce.store.CommitResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptAdded;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.JournalChange.AttemptSigned;
import io.payonce.store.JournalChange.SlotBound;
import io.payonce.store.JournalChange.SlotReserved;
import io.payonce.store.JournalChange.TransferMoved;
import io.payonce.store.Lease;
import io.payonce.store.SlotState;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Drives one lane of a journal through the steps of a payment, for tests of stores. Not
 * thread-safe.
 */
public final class JournalScript {
  public static final Instant AT = Instant.parse("2026-01-02T03:04:05.000000006Z");
  public static final ChainId CHAIN = ChainId.of(31_337);
  static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000aa");
  private static final ContractWallet WALLET = new ContractWallet(7);
  public static final LaneId LANE = new LaneId(CHAIN, WALLET.address());

  /** What {@link #on} takes the lane with. */
  public static final Lease LEASE = new Lease("script", Duration.ofSeconds(10));

  private final TransferStore store;
  private final long epoch;

  private JournalScript(TransferStore store, long epoch) {
    this.store = store;
    this.epoch = epoch;
  }

  /** Registers the lane from nonce 5 on where that is not done, and takes it. */
  public static JournalScript on(TransferStore store) {
    store.registerLane(LANE, 5, AT);
    return new JournalScript(store, store.takeLane(LANE, LEASE, AT).orElseThrow().epoch());
  }

  public long epoch() {
    return epoch;
  }

  public static Transfer payment(long units) {
    return new Transfer(
        LANE.address(), PAYEE, TokenAmount.of(new Asset.Native(CHAIN), units), false);
  }

  /** A payment under its key, to be taken in by the wallet that it names, or by {@link #LANE}. */
  /** A group of these members, each to a payee of its own for 10. */
  public static GroupSubmission group(String key, String... members) {
    List<GroupMember> all = new ArrayList<>();
    for (String member : members) {
      Bytes name = Bytes.of(member.getBytes(StandardCharsets.US_ASCII));
      Address payee = Address.of(Arrays.copyOf(Keccak256.of(name.toArray()), 20));
      all.add(new GroupMember(IdempotencyKey.of(member), payee, payment(10).amount()));
    }
    return new GroupSubmission(
        IdempotencyKey.of(key),
        LANE.address(),
        new Group(PAYEE, Bytes.fromHex("0x01"), BigInteger.valueOf(90_000), "logs", all));
  }

  public static Intake intake(IdempotencyKey key, Transfer transfer) {
    return intake(key, transfer, Map.of());
  }

  public static Intake intake(IdempotencyKey key, Transfer transfer, Map<String, String> metadata) {
    return intake(new Submission(key, transfer, SubmitOptions.defaults().withMetadata(metadata)));
  }

  public static Intake intake(Submission submission) {
    Transfer transfer = submission.transfer();
    return new Intake(
        submission,
        transfer.from() instanceof Address wallet ? new LaneId(transfer.chain(), wallet) : LANE);
  }

  public TransferId accept(String key) {
    AcceptResult result =
        store.accept(intake(IdempotencyKey.of(key), payment(100), Map.of("order", key)), AT);
    assertThat(result).isInstanceOf(AcceptResult.Accepted.class);
    return ((AcceptResult.Accepted) result).transfer().id();
  }

  public TransferId ready(String key) {
    TransferId id = accept(key);
    apply(move(id, TransferState.ACCEPTED, TransferState.READY));
    return id;
  }

  /** P3 with the first attempt. */
  public SlotId bind(TransferId transfer) {
    SlotId slot = slot(store.lane(LANE).orElseThrow().nextNonce());
    apply(new SlotBound(slot, transfer), add(slot, 1, AttemptKind.PAYMENT));
    return slot;
  }

  /** A nonce for a transaction of the host's own. */
  public static SlotReserved reserve(SlotId slot, String name) {
    return new SlotReserved(
        slot, new StoredReservation(name, "ops", "approval", AT.plusSeconds(60), Optional.empty()));
  }

  /** P0 to P5. */
  public SlotId exposed(String key) {
    SlotId slot = bind(ready(key));
    apply(sign(slot, 1));
    return slot;
  }

  /** P0 to P8, not final. */
  public SlotId consumed(String key) {
    SlotId slot = exposed(key);
    TransferId transfer = store.slot(slot).orElseThrow().transfer().orElseThrow();
    apply(
        new JournalChange.SlotMoved(
            slot,
            SlotState.EXPOSED,
            SlotState.CONSUMED,
            Optional.of(consumption(slot, 1, ConsumerClass.PAYMENT))),
        move(transfer, TransferState.IN_FLIGHT, TransferState.INCLUDED));
    return slot;
  }

  /** P0 to P10. */
  public SlotId paid(String key) {
    SlotId slot = consumed(key);
    TransferId transfer = store.slot(slot).orElseThrow().transfer().orElseThrow();
    apply(
        new JournalChange.SlotMoved(
            slot, SlotState.CONSUMED, SlotState.CONSUMED_FINAL, Optional.empty()),
        new JournalChange.AttemptEnded(new AttemptId(slot, 1), AttemptState.WON),
        move(transfer, TransferState.INCLUDED, TransferState.PAID_FINAL));
    return slot;
  }

  public void apply(JournalChange... changes) {
    assertThat(commit(changes)).isEqualTo(new CommitResult.Applied());
  }

  public CommitResult commit(JournalChange... changes) {
    return commitAt(AT, changes);
  }

  public CommitResult commitAt(Instant at, JournalChange... changes) {
    return store.commit(LANE, epoch, List.of(changes), at);
  }

  /** Demands a conflict that left nothing behind. */
  public void refused(JournalChange... changes) {
    Object before = everything();
    assertThat(commit(changes)).isInstanceOf(CommitResult.Conflict.class);
    assertThat(everything()).isEqualTo(before);
  }

  /** All that the store tells about its records and history, but for leases, which end. */
  public Object everything() {
    return everything(store);
  }

  /** As {@link #everything()}. */
  public static Object everything(TransferStore store) {
    List<Object> all = new ArrayList<>();
    store.lanes().forEach(lane -> all.add(lane.released()));
    all.addAll(store.openSlots(LANE));
    for (StoredTransfer transfer :
        store.list(TransferFilter.all(), Optional.empty(), Integer.MAX_VALUE)) {
      all.add(transfer);
      all.add(transfer.slot().map(slot -> store.slot(slot).orElseThrow()));
      all.add(store.events(transfer.id()));
    }
    all.add(store.counts());
    return all;
  }

  public static SlotId slot(long nonce) {
    return new SlotId(LANE, nonce);
  }

  public static TransferMoved move(TransferId id, TransferState from, TransferState to) {
    return new TransferMoved(id, from, to, "", "");
  }

  /** Each sequence pays a higher fee, so that no two attempts are the same transaction. */
  public static UnsignedTransaction transaction(SlotId slot, int sequence, AttemptKind kind) {
    return new UnsignedTransaction.DynamicFee(
        CHAIN,
        slot.nonce(),
        Wei.gwei(sequence),
        Wei.gwei(10L * sequence),
        BigInteger.valueOf(21_000),
        kind.pays() ? PAYEE : LANE.address(),
        kind.pays() ? Wei.of(100) : Wei.ZERO,
        Bytes.EMPTY,
        List.of());
  }

  public static AttemptAdded add(SlotId slot, int sequence, AttemptKind kind) {
    return new AttemptAdded(new AttemptId(slot, sequence), kind, transaction(slot, sequence, kind));
  }

  /** Signs the stored intent. */
  public AttemptSigned sign(SlotId slot, int sequence) {
    StoredSlot stored = store.slot(slot).orElseThrow();
    return new AttemptSigned(
        new AttemptId(slot, sequence), signed(stored.attempts().get(sequence - 1).transaction()));
  }

  public static SignedTransaction signed(UnsignedTransaction tx) {
    return WALLET.sign(tx);
  }

  public static AttemptSent sent(SlotId slot, int sequence, AttemptState state) {
    return sent(slot, sequence, state, answer("alpha", Verdict.ACCEPTED, 0, "ok"));
  }

  public static AttemptSent sent(SlotId slot, int sequence, AttemptState state, Answer... answers) {
    AttemptKind kind = sequence == 1 ? AttemptKind.PAYMENT : AttemptKind.REPLACEMENT;
    TransactionHash hash = signed(transaction(slot, sequence, kind)).hash();
    return new AttemptSent(
        new AttemptId(slot, sequence), state, new BroadcastEvidence(hash, List.of(answers)));
  }

  /** By the first endpoint of an operator. */
  public static Answer answer(String operator, Verdict verdict, int code, String words) {
    return new Answer(new Operator(operator), operator + "-1", verdict, code, words);
  }

  public static Consumption consumption(SlotId slot, int sequence, ConsumerClass by) {
    return new Consumption(
        by,
        signed(transaction(slot, sequence, AttemptKind.PAYMENT)).hash(),
        new BlockRef(90, BlockHash.of("0x" + "ab".repeat(32))),
        AT,
        BigInteger.valueOf(21_000),
        Wei.gwei(21_000));
  }
}
