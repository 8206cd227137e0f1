package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * That a transaction is nowhere is an answer of its own, and never what is left of other answers.
 */
final class AbsenceTest {
  private static final BlockRef AT = new BlockRef(100, BlockHash.of("0x" + "64".repeat(32)));
  private static final TransactionHash HASH = TransactionHash.of("0x" + "22".repeat(32));

  /** What one operator makes of the question for a receipt. */
  private enum Word {
    /** It has the block, and no receipt. */
    NONE,
    /** It has the receipt. */
    FOUND,
    /** It has no receipt, and not the block either: it trails. */
    BEHIND,
    /** It has no receipt, on another fork. */
    FORKED,
    /** No receipt, and a refusal in place of the block. */
    BLOCK_REFUSED,
    /** The block, and a refusal in place of the receipt. */
    REFUSED,
    /** The block, and something that is no receipt. */
    GARBAGE,
    /** The block, and no element for the receipt. */
    LOST_ELEMENT,
    DOWN,
    RESET,
    HANGS,
    GATEWAY,
    FOREIGN
  }

  private static Says says(Word word, Received request) {
    boolean isBlock = request.method().equals("eth_getBlockByNumber");
    return switch (word) {
      case NONE, LOST_ELEMENT, FOREIGN -> result(isBlock ? ScriptedTransport.BLOCK : "null");
      case FOUND -> result(isBlock ? ScriptedTransport.BLOCK : receipt());
      case BEHIND -> result("null");
      case FORKED -> result(isBlock ? ScriptedTransport.BLOCK.replace("0x6464", "0x6565") : "null");
      case BLOCK_REFUSED -> isBlock ? error(-32000, "header not found") : result("null");
      case REFUSED -> isBlock ? result(ScriptedTransport.BLOCK) : error(-32603, "internal error");
      case GARBAGE -> result(isBlock ? ScriptedTransport.BLOCK : "{\"status\":7}");
      case DOWN -> fault(BytesSent.NONE);
      case RESET -> fault(BytesSent.ALL);
      case HANGS -> silence();
      case GATEWAY -> http(502, "null");
    };
  }

  private static String receipt() {
    return "{\"transactionHash\":\""
        + HASH
        + "\",\"blockHash\":\"0x"
        + "63".repeat(32)
        + "\",\"blockNumber\":\"0x63\",\"status\":\"0x1\",\"gasUsed\":\"0x5208\","
        + "\"effectiveGasPrice\":\"0x7\",\"transactionIndex\":\"0x0\",\"logs\":[],"
        + "\"from\":\"0x00000000000000000000000000000000000000ff\",\"contractAddress\":null,"
        + "\"to\":\"0x00000000000000000000000000000000000000ff\",\"type\":\"0x2\","
        + "\"cumulativeGasUsed\":\"0x5208\",\"logsBloom\":\"0x"
        + "00".repeat(256)
        + "\"}";
  }

  private static Rig rig(List<Word> words) {
    Rig rig = new Rig();
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      String name = "op" + i;
      rig.endpoint(name, name);
      rig.at(name).script = request -> says(word, request);
      rig.at(name).chainId = word == Word.FOREIGN ? "0x2" : "0x1";
      if (word == Word.LOST_ELEMENT) {
        rig.at(name).join =
            elements ->
                ScriptedTransport.array(elements.size() == 2 ? elements.subList(0, 1) : elements);
      }
    }
    return rig;
  }

  @Test
  void unknown_is_never_absent_whatever_three_operators_say() {
    Set<Class<?>> results = Collections.newSetFromMap(new IdentityHashMap<>());
    int absent = 0;
    int found = 0;
    for (Word a : Word.values()) {
      for (Word b : Word.values()) {
        for (Word c : Word.values()) {
          List<Word> words = List.of(a, b, c);
          Rig rig = rig(words);
          QuorumResult<Optional<Receipt>> result =
              rig.await(rig.pool().criticalRead(new Fact.ReceiptOf(HASH, AT), CallOptions.DEFAULT));
          results.add(result.getClass());
          boolean saysAbsent = Collections.frequency(words, Word.NONE) >= 2;
          boolean saysFound = Collections.frequency(words, Word.FOUND) >= 2;
          if (result instanceof QuorumResult.Agreed<Optional<Receipt>> agreed) {
            assertThat(agreed.value().isPresent()).as("%s", words).isEqualTo(saysFound);
            assertThat(agreed.votes()).as("%s", words).hasSizeGreaterThanOrEqualTo(2);
            assertThat(saysAbsent || saysFound).as("%s: %s", words, agreed).isTrue();
            absent += agreed.value().isEmpty() ? 1 : 0;
            found += agreed.value().isPresent() ? 1 : 0;
          } else {
            assertThat(saysAbsent || saysFound).as("%s: %s", words, result).isFalse();
          }
        }
      }
    }
    int others = Word.values().length - 1;
    assertThat(absent).isEqualTo(1 + 3 * others);
    assertThat(found).isEqualTo(1 + 3 * others);
    assertThat(results).hasSize(2);
  }

  /** Whoever asks one endpoint alone gets its null only from one that is not known to trail. */
  @Test
  void a_look_up_at_whoever_answers_is_a_failure_and_no_absence_when_nobody_can_know() {
    List<Word> unknown = new ArrayList<>(EnumSet.allOf(Word.class));
    unknown.removeAll(List.of(Word.NONE, Word.FOUND, Word.BEHIND, Word.FORKED, Word.BLOCK_REFUSED));
    unknown.remove(Word.LOST_ELEMENT); // of one question there is no second element
    for (Word a : unknown) {
      for (Word b : unknown) {
        Rig rig = rig(List.of(a, b));
        assertThat(rig.await(rig.pool().call(Requests.receipt(HASH), CallOptions.DEFAULT)))
            .as("%s %s", a, b)
            .isInstanceOf(RpcOutcome.Failed.class);
      }
    }
  }
}
