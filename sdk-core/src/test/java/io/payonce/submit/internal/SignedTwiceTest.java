package io.payonce.submit.internal;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredAttempt;
import io.payonce.testing.JournalScript;
import io.payonce.testing.MemoryTransferStore;
import java.math.BigInteger;
import java.util.List;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.junit.jupiter.api.Test;

/**
 * A signer that is asked again after its time answers twice in the end, with other bytes if its k
 * is random: the first answer is the attempt's, for ever.
 */
final class SignedTwiceTest {
  private static final Moment NOW = new Moment(AT, 0);

  private final MemoryTransferStore store = new MemoryTransferStore();
  private final LaneEngine engine = new LaneEngine(FreshMemory.context());
  private final SlotId slot;
  private final AttemptId attempt;
  private final SignedTransaction first;
  private final SignedTransaction second;

  SignedTwiceTest() {
    JournalScript script = JournalScript.on(store);
    slot = script.bind(script.ready("p"));
    attempt = new AttemptId(slot, 1);
    UnsignedTransaction tx = stored().transaction();
    first = JournalScript.signed(tx);
    second = signedWithOtherK(tx);
    assertThat(second.hash()).isNotEqualTo(first.hash());
    assertThat(second.sender()).isEqualTo(LANE.address());
    engine.step(
        new LaneJournal(store, LEASE, LANE).load(store.takeLane(LANE, LEASE, AT).orElseThrow(), AT),
        NOW);
  }

  @Test
  void two_answers_in_one_batch_store_the_first_and_keep_the_memory() {
    commit(engine.step(both(new SigningOutcome.Signed(second)), NOW));
  }

  @Test
  void a_refusal_after_the_bytes_in_one_batch_cancels_nothing() {
    commit(engine.step(both(new SigningOutcome.Refused(SigningCode.VALUE_CAP, "too much")), NOW));
  }

  private LaneEvent both(SigningOutcome late) {
    return new LaneEvent.Several(
        List.of(
            new LaneEvent.SignAnswered(attempt, new SigningOutcome.Signed(first)),
            new LaneEvent.SignAnswered(attempt, late)));
  }

  /** Demands one commit of the first bytes alone, which the journal takes. */
  private void commit(List<LaneCommand> commands) {
    assertThat(commands).hasSize(1);
    LaneCommand.Commit commit = (LaneCommand.Commit) commands.get(0);
    assertThat(commit.changes()).containsExactly(new JournalChange.AttemptSigned(attempt, first));
    CommitResult result = store.commit(LANE, commit.epoch(), commit.changes(), commit.at());
    assertThat(result).isEqualTo(new CommitResult.Applied());
    List<LaneCommand> next = engine.step(new LaneEvent.Committed(result), NOW);
    assertThat(next).doesNotHaveAnyElementsOfTypes(LaneCommand.Load.class);
    assertThat(sent(next)).containsExactly(first);
    assertThat(stored().signed()).contains(first);
  }

  private static List<SignedTransaction> sent(List<LaneCommand> commands) {
    return commands.stream()
        .filter(LaneCommand.Send.class::isInstance)
        .flatMap(send -> ((LaneCommand.Send) send).bytes().stream())
        .toList();
  }

  private StoredAttempt stored() {
    return store.slot(slot).orElseThrow().attempts().get(0);
  }

  /** By the script's wallet, whose key is 7, with k = 2. */
  private static SignedTransaction signedWithOtherK(UnsignedTransaction tx) {
    X9ECParameters curve = CustomNamedCurves.getByName("secp256k1");
    BigInteger n = curve.getN();
    BigInteger key = BigInteger.valueOf(7);
    BigInteger k = BigInteger.TWO;
    BigInteger r = curve.getG().multiply(k).normalize().getAffineXCoord().toBigInteger().mod(n);
    BigInteger z = new BigInteger(1, TransactionCodec.signingDigest(tx));
    BigInteger s = k.modInverse(n).multiply(z.add(r.multiply(key))).mod(n);
    PublicKey wallet = PublicKey.of(Bytes.of(curve.getG().multiply(key).getEncoded(false)));
    return SignedTransaction.by(wallet, tx, r, s.min(n.subtract(s))).orElseThrow();
  }
}
