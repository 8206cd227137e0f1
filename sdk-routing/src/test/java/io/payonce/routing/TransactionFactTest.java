package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.SignedTransaction;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumResult.Agreed;
import io.payonce.rpc.QuorumResult.Unavailable;
import io.payonce.rpc.ShownTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A transaction by its hash, asked of operators that have it, lag, lie, and are silent. */
final class TransactionFactTest {
  private static final SignedTransaction TX = Rig.transaction(1);
  private static final BlockRef AT = new BlockRef(100, BlockHash.of("0x" + "64".repeat(32)));
  private static final Fact<Optional<ShownTransaction.Proven>> FACT =
      new Fact.TransactionByHash(TX.hash(), AT);

  /** How an operator answers. */
  private enum Answer {
    HAS_IT(ScriptedTransport.BLOCK, Rig.shown(TX)),
    HAS_IT_AND_LAGS("null", Rig.shown(TX)),
    HAS_NONE(ScriptedTransport.BLOCK, "null"),
    LAGS("null", "null"),
    IS_ON_A_FORK("{\"number\":\"0x64\",\"hash\":\"0x" + "65".repeat(32) + "\"}", "null"),
    /** The right hash on another transaction. */
    LIES(
        ScriptedTransport.BLOCK,
        Rig.shown(Rig.transaction(2)).replaceFirst("0x[0-9a-f]{64}", TX.hash().value())),
    /** Another payee under our signature. */
    ALTERS(ScriptedTransport.BLOCK, Rig.shown(TX).replace("00ff\"", "00fe\"")),
    CLAIMS(ScriptedTransport.BLOCK, "{\"hash\":\"" + TX.hash() + "\"}"),
    SILENT("", ""),
    GONE("", "");

    private final String block;
    private final String transaction;

    Answer(String block, String transaction) {
      this.block = block;
      this.transaction = transaction;
    }

    boolean has() {
      return this == HAS_IT || this == HAS_IT_AND_LAGS;
    }

    Function<Received, Says> script() {
      return switch (this) {
        case SILENT -> request -> silence();
        case GONE -> request -> fault(BytesSent.NONE);
        default ->
            request ->
                result(request.method().equals("eth_getBlockByNumber") ? block : transaction);
      };
    }
  }

  @Test
  void one_that_shows_it_proves_it_and_only_a_quorum_that_has_the_block_can_miss_it() {
    for (Answer a : Answer.values()) {
      for (Answer b : Answer.values()) {
        for (Answer c : Answer.values()) {
          judge(List.of(a, b, c));
        }
      }
    }
  }

  private static void judge(List<Answer> answers) {
    Rig rig = Rig.of("a", "b", "c");
    List<Operator> holders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = List.of("a", "b", "c").get(i);
      rig.at(name).script = answers.get(i).script();
      if (answers.get(i).has()) {
        holders.add(new Operator(name));
      }
    }
    QuorumResult<Optional<ShownTransaction.Proven>> result =
        rig.await(rig.pool().criticalRead(FACT, CallOptions.DEFAULT));
    String which = answers + ": " + result;
    if (!holders.isEmpty()) {
      Agreed<Optional<ShownTransaction.Proven>> agreed =
          (Agreed<Optional<ShownTransaction.Proven>>) result;
      assertThat(agreed.value().orElseThrow().raw()).as(which).isEqualTo(TX.raw());
      assertThat(agreed.value().orElseThrow().sender()).as(which).isEqualTo(TX.sender());
      assertThat(agreed.votes()).as(which).isNotEmpty().isSubsetOf(holders);
      assertThat(agreed.dissent()).as(which).isEmpty();
      assertThat(agreed.proof()).as(which).isEqualTo(Proof.VALUE);
    } else if (answers.stream().filter(Answer.HAS_NONE::equals).count() >= 2) {
      assertThat(((Agreed<Optional<ShownTransaction.Proven>>) result).value()).as(which).isEmpty();
    } else {
      assertThat(result).as(which).isInstanceOf(Unavailable.class);
      assertThat(((Unavailable<?>) result).conflict()).as(which).isFalse();
    }
    // Not to know it, or to show what has no form that is known, is no fault of health.
    assertThat(rig.pool().health())
        .as(which)
        .noneMatch(one -> one.state() == State.QUARANTINED || one.state() == State.SUSPECT);
  }
}
