package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockHash;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.internal.LogsBloom;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** How operators' answers become ballots: who is behind or elsewhere has no vote. */
class FactTest {
  private static final Address ACCOUNT = Address.of("0x" + "aa".repeat(20));
  private static final BlockRef AT = ref(100, "a1");
  private static final BlockRef PARENT = ref(99, "99");
  private static final Bytes TOPIC = Bytes.fromHex("0x" + "dd".repeat(32));
  private static final TransactionHash HASH = TransactionHash.of("0x" + "77".repeat(32));

  private static BlockRef ref(long number, String digits) {
    return new BlockRef(number, BlockHash.of("0x" + digits.repeat(32)));
  }

  private static RpcOutcome<?> ok(Object value) {
    return new RpcOutcome.Ok<>(value, "test");
  }

  private static RpcOutcome<?> failed(RpcFailure failure) {
    return new RpcOutcome.Failed<>(failure);
  }

  private static Receipt receipt(BlockRef block) {
    return new Receipt(
        HASH, block, ACCOUNT, true, BigInteger.valueOf(21_000), Wei.gwei(1), List.of());
  }

  private static void assertAbsent(Ballot<?> ballot, String reason) {
    assertThat(ballot).isInstanceOf(Ballot.Absent.class);
    assertThat(((Ballot.Absent<?>) ballot).reason()).contains(reason);
  }

  @Test
  void asks_for_the_block_and_the_state_in_one_batch() {
    for (Fact<?> fact :
        List.of(
            new Fact.Nonce(ACCOUNT, AT),
            new Fact.Balance(ACCOUNT, AT),
            new Fact.Code(ACCOUNT, AT),
            new Fact.CallResult(ACCOUNT, Bytes.EMPTY, AT),
            new Fact.Storage(ACCOUNT, BigInteger.TWO, AT),
            new Fact.ReceiptOf(HASH, AT))) {
      assertThat(fact.requests()).as(fact.toString()).hasSize(2);
      assertThat(fact.requests().get(0).method()).isEqualTo("eth_getBlockByNumber");
      assertThat(fact.requests().get(0).params()).containsExactly("0x64", false);
    }
    assertThat(new Fact.Nonce(ACCOUNT, AT).requests().get(1).params())
        .containsExactly(ACCOUNT.value(), "0x64");
  }

  @Test
  void takes_state_only_from_an_operator_that_has_exactly_this_block() {
    Fact<Long> nonce = new Fact.Nonce(ACCOUNT, AT);
    assertThat(nonce.ballot(List.of(ok(Optional.of(AT)), ok(7L)))).isEqualTo(new Ballot.Vote<>(7L));
    assertAbsent(nonce.ballot(List.of(ok(Optional.empty()), ok(7L))), "behind block 100");
    assertAbsent(
        nonce.ballot(List.of(ok(Optional.of(ref(100, "b2"))), ok(7L))), "another block 100");
    assertAbsent(
        nonce.ballot(
            List.of(failed(new RpcFailure.DeadlineExceeded("too late", BytesSent.ALL)), ok(7L))),
        "too late");
    assertAbsent(
        nonce.ballot(List.of(ok(Optional.of(AT)), failed(new RpcFailure.Malformed("no quantity")))),
        "no quantity");
  }

  @Test
  void counts_a_missing_receipt_only_from_a_node_that_has_the_block() {
    Fact<Optional<Receipt>> fact = new Fact.ReceiptOf(HASH, AT);
    assertThat(fact.ballot(List.of(ok(Optional.of(AT)), ok(Optional.empty()))))
        .isEqualTo(new Ballot.Vote<>(Optional.empty()));
    assertAbsent(fact.ballot(List.of(ok(Optional.empty()), ok(Optional.empty()))), "behind");
    assertAbsent(
        fact.ballot(List.of(ok(Optional.of(ref(100, "b2"))), ok(Optional.empty()))), "another");
  }

  @Test
  void asks_for_many_receipts_at_once_and_pins_each_to_the_block() {
    TransactionHash other = TransactionHash.of("0x" + "78".repeat(32));
    Fact<List<Optional<Receipt>>> fact = new Fact.ReceiptsOf(List.of(HASH, other), AT);
    assertThat(fact.requests()).hasSize(3);
    Receipt here = receipt(AT);
    assertThat(
            fact.ballot(List.of(ok(Optional.of(AT)), ok(Optional.of(here)), ok(Optional.empty()))))
        .isEqualTo(new Ballot.Vote<>(List.of(Optional.of(here), Optional.empty())));
    assertAbsent(
        fact.ballot(List.of(ok(Optional.empty()), ok(Optional.of(here)), ok(Optional.empty()))),
        "behind");
    assertAbsent(
        fact.ballot(
            List.of(
                ok(Optional.of(AT)),
                ok(Optional.of(here)),
                ok(Optional.of(receipt(ref(100, "b2")))))),
        "another block 100");
  }

  @Test
  void counts_a_receipt_of_a_later_block_as_not_there_yet() {
    Fact<Optional<Receipt>> fact = new Fact.ReceiptOf(HASH, AT);
    Receipt earlier = receipt(ref(99, "99"));
    Receipt here = receipt(AT);
    assertThat(fact.ballot(List.of(ok(Optional.of(AT)), ok(Optional.of(earlier)))))
        .isEqualTo(new Ballot.Vote<>(Optional.of(earlier)));
    assertThat(fact.ballot(List.of(ok(Optional.of(AT)), ok(Optional.of(here)))))
        .isEqualTo(new Ballot.Vote<>(Optional.of(here)));
    assertThat(fact.ballot(List.of(ok(Optional.of(AT)), ok(Optional.of(receipt(ref(101, "cc")))))))
        .isEqualTo(new Ballot.Vote<>(Optional.empty()));
  }

  @Test
  void gives_no_vote_to_a_receipt_from_another_block_of_the_same_height() {
    assertAbsent(
        new Fact.ReceiptOf(HASH, AT)
            .ballot(List.of(ok(Optional.of(AT)), ok(Optional.of(receipt(ref(100, "b2")))))),
        "another block 100");
  }

  @Test
  void gives_no_vote_to_an_answer_about_another_height() {
    Fact<BlockRef> refAt = new Fact.BlockRefAt(100);
    assertThat(refAt.ballot(List.of(ok(Optional.of(AT))))).isEqualTo(new Ballot.Vote<>(AT));
    assertAbsent(refAt.ballot(List.of(ok(Optional.of(ref(99, "a1"))))), "block 99 for 100");
    assertAbsent(refAt.ballot(List.of(ok(Optional.empty()))), "behind block 100");
    Block other =
        new Block(
            ref(101, "a1"),
            AT.hash(),
            Instant.EPOCH,
            BigInteger.ZERO,
            BigInteger.TEN,
            Optional.empty(),
            List.of());
    assertAbsent(new Fact.BlockAt(100).ballot(List.of(ok(Optional.of(other)))), "101 for 100");
  }

  // ranks

  private static final QuorumRule TWO_OF_THREE = rule(3, 2);

  private static QuorumRule rule(int voters, int required) {
    Set<Operator> operators = new LinkedHashSet<>();
    for (int i = 0; i < voters; i++) {
      operators.add(new Operator("op-" + i));
    }
    return new QuorumRule(operators, required);
  }

  private static <T> Map<Operator, Ballot<T>> votes(List<T> values) {
    Map<Operator, Ballot<T>> ballots = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      ballots.put(new Operator("op-" + i), new Ballot.Vote<>(values.get(i)));
    }
    return ballots;
  }

  @Test
  void takes_the_height_that_enough_operators_reached() {
    Fact<Long> height = new Fact.Height(BlockTag.LATEST);
    assertThat(height.tally(TWO_OF_THREE, votes(List.of(100L, 102L, 101L))))
        .isEqualTo(
            new QuorumResult.Agreed<>(
                101L, List.of(new Operator("op-1"), new Operator("op-2")), List.of()));
    assertThat(height.tally(TWO_OF_THREE, votes(List.of(100L, 1_000_000L, 99L))))
        .extracting(result -> ((QuorumResult.Agreed<Long>) result).value())
        .isEqualTo(100L);
    assertThat(height.tally(TWO_OF_THREE, votes(List.of(100L))))
        .isInstanceOf(QuorumResult.Unavailable.class);
    assertThat(height.ballot(List.of(ok(Optional.of(AT))))).isEqualTo(new Ballot.Vote<>(100L));
  }

  @Test
  void does_not_let_strangers_raise_a_rank() {
    Map<Operator, Ballot<Long>> ballots = votes(List.of(100L));
    ballots.put(new Operator("stranger"), new Ballot.Vote<>(100L));
    assertThat(new Fact.PendingNonce(ACCOUNT).tally(TWO_OF_THREE, ballots))
        .isInstanceOf(QuorumResult.Unavailable.class);
  }

  @Test
  void takes_the_highest_of_enough_gas_estimates() {
    Fact<BigInteger> gas = new Fact.GasEstimate(ACCOUNT, ACCOUNT, Wei.ONE, Bytes.EMPTY);
    assertThat(
            gas.tally(
                TWO_OF_THREE, votes(List.of(BigInteger.valueOf(50_000), BigInteger.valueOf(9)))))
        .extracting(result -> ((QuorumResult.Agreed<BigInteger>) result).value())
        .isEqualTo(BigInteger.valueOf(50_000));
    assertThat(gas.tally(TWO_OF_THREE, votes(List.of(BigInteger.TEN))))
        .isInstanceOf(QuorumResult.Unavailable.class);
    assertAbsent(
        gas.ballot(List.of(failed(new RpcFailure.NodeError(3, "execution reverted", "0x")))),
        "refuses the call: execution reverted");
  }

  @Test
  void estimates_many_calls_at_once_and_takes_the_highest_of_enough_for_each() {
    Fact.GasEstimates gas = estimates(2);
    assertThat(gas.requests()).hasSize(2);
    assertThat(gas.requests().get(0).method()).isEqualTo("eth_estimateGas");
    List<BigInteger> some = List.of(BigInteger.TWO, BigInteger.valueOf(70));
    List<BigInteger> others = List.of(BigInteger.TEN, BigInteger.valueOf(7));
    assertThat(gas.tally(TWO_OF_THREE, votes(List.of(some, others))))
        .extracting(result -> ((QuorumResult.Agreed<List<BigInteger>>) result).value())
        .isEqualTo(List.of(BigInteger.TEN, BigInteger.valueOf(70)));
    assertThat(gas.tally(TWO_OF_THREE, votes(List.of(some))))
        .isInstanceOf(QuorumResult.Unavailable.class);
  }

  @Test
  void an_operator_that_refuses_one_of_many_calls_has_no_vote_and_says_so() {
    RpcOutcome<?> refusal = failed(new RpcFailure.NodeError(3, "execution reverted", "0x"));
    RpcOutcome<?> silence = failed(new RpcFailure.DeadlineExceeded("too late", BytesSent.ALL));
    Fact.GasEstimates gas = estimates(3);
    assertThat(gas.ballot(List.of(ok(BigInteger.ONE), ok(BigInteger.TWO), ok(BigInteger.TEN))))
        .isEqualTo(new Ballot.Vote<>(List.of(BigInteger.ONE, BigInteger.TWO, BigInteger.TEN)));
    assertAbsent(
        gas.ballot(List.of(silence, ok(BigInteger.TWO), refusal)),
        "refuses the call: execution reverted");
    assertAbsent(gas.ballot(List.of(ok(BigInteger.ONE), silence, ok(BigInteger.TEN))), "too late");
    Map<Operator, Ballot<List<BigInteger>>> ballots = new TreeMap<>();
    for (Operator voter : TWO_OF_THREE.voters()) {
      ballots.put(voter, gas.ballot(List.of(ok(BigInteger.ONE), refusal, ok(BigInteger.TEN))));
    }
    assertThat(gas.tally(TWO_OF_THREE, ballots))
        .extracting(result -> ((QuorumResult.Unavailable<List<BigInteger>>) result).reason())
        .asString()
        .contains(Fact.GasEstimate.REFUSED);
  }

  @Test
  void a_slot_of_storage_has_at_most_256_bits() {
    BigInteger last = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    assertThat(new Fact.Storage(ACCOUNT, last, AT).requests().get(1).params())
        .containsExactly(ACCOUNT.value(), "0x" + "f".repeat(64), "0x64");
    for (BigInteger slot : List.of(last.add(BigInteger.ONE), BigInteger.ONE.negate())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Fact.Storage(ACCOUNT, slot, AT))
          .withMessage("slot " + slot + " must have 0 to 256 bits");
    }
  }

  @Test
  void asks_for_logs_with_the_header_of_each_block() {
    Fact.LogsIn logs = logs(99);
    assertThat(logs.requests())
        .extracting(RpcRequest::method)
        .containsExactly("eth_getBlockByNumber", "eth_getBlockByNumber", "eth_getLogs");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> logs(0))
        .withMessage("blocks 0 to 100 must be 1 to 100");
    assertThatIllegalArgumentException().isThrownBy(() -> logs(101));
  }

  @Test
  void logs_that_do_not_fit_their_blocks_are_no_vote() {
    IncludedLog first = log(PARENT, 4, ACCOUNT, TOPIC);
    IncludedLog second = log(AT, 0, ACCOUNT, TOPIC);
    IncludedLog third = log(AT, 2, ACCOUNT, TOPIC);
    assertThat(ballot(first, second, third))
        .isEqualTo(new Ballot.Vote<>(List.of(first, second, third)));
    assertThat(ballot()).isEqualTo(new Ballot.Vote<>(List.of()));
    assertAbsent(ballot(second, first), "out of order in block 99");
    assertAbsent(ballot(third, second), "out of order in block 100");
    assertAbsent(ballot(second, second), "out of order in block 100");
    assertAbsent(ballot(log(ref(100, "b2"), 0, ACCOUNT, TOPIC)), "of another block 100");
    assertAbsent(ballot(log(ref(101, "a2"), 0, ACCOUNT, TOPIC)), "of block 101");
    Address other = Address.of("0x" + "ab".repeat(20));
    assertAbsent(ballot(log(AT, 0, other, TOPIC)), "that was not asked for");
    assertAbsent(ballot(log(AT, 0, ACCOUNT)), "that was not asked for");
    Bytes elsewhere = Bytes.fromHex("0x" + "99".repeat(32));
    assertAbsent(ballot(log(AT, 0, ACCOUNT, elsewhere)), "that was not asked for");
    assertAbsent(ballot(log(AT, 0, ACCOUNT, TOPIC, elsewhere)), "that the bloom of block 100");
  }

  @Test
  void logs_are_taken_only_from_an_operator_that_has_exactly_this_chain() {
    Fact.LogsIn logs = logs(99);
    RpcOutcome<?> parent = header(PARENT, ref(98, "98"));
    RpcOutcome<?> none = ok(List.of());
    assertThat(logs.ballot(List.of(parent, header(AT, PARENT), none)))
        .isInstanceOf(Ballot.Vote.class);
    assertAbsent(logs.ballot(List.of(parent, ok(Optional.empty()), none)), "behind block 100");
    assertAbsent(
        logs.ballot(List.of(parent, header(ref(100, "b2"), PARENT), none)), "another block 100");
    assertAbsent(
        logs.ballot(List.of(parent, header(AT, ref(99, "b1")), none)), "or no chain to it");
    assertAbsent(
        logs.ballot(
            List.of(parent, header(AT, PARENT), failed(new RpcFailure.Malformed("no list")))),
        "no list");
  }

  /** Of which an endpoint that is several nodes has no vote. */
  @Test
  void knows_which_answers_say_that_something_is_not_there() {
    IncludedLog first = log(PARENT, 4, ACCOUNT, TOPIC);
    IncludedLog second = log(AT, 0, ACCOUNT, TOPIC);
    IncludedLog third = log(AT, 2, ACCOUNT, TOPIC);
    assertThat(logs(100).saysAbsent(List.of())).isTrue();
    assertThat(logs(100).saysAbsent(List.of(second))).isFalse();
    assertThat(logs(99).saysAbsent(List.of(second, third))).isTrue();
    assertThat(logs(99).saysAbsent(List.of(first, second, third))).isFalse();
    assertThat(new Fact.ReceiptOf(HASH, AT).saysAbsent(Optional.empty())).isTrue();
    assertThat(new Fact.TransactionByHash(HASH, AT).saysAbsent(Optional.empty())).isTrue();
    assertThat(new Fact.ReceiptsOf(List.of(HASH), AT).saysAbsent(List.of(Optional.empty())))
        .isTrue();
    assertThat(new Fact.ReceiptsOf(List.of(), AT).saysAbsent(List.of())).isFalse();
    assertThat(new Fact.Nonce(ACCOUNT, AT).saysAbsent(0L)).isFalse();
  }

  private static Fact.LogsIn logs(long from) {
    return new Fact.LogsIn(from, AT, List.of(ACCOUNT), List.of(List.of(TOPIC)));
  }

  private static Ballot<?> ballot(IncludedLog... logs) {
    RpcOutcome<?> parent = header(PARENT, ref(98, "98"));
    return logs(99).ballot(List.of(parent, header(AT, PARENT), ok(List.of(logs))));
  }

  /** Its bloom announces the account and the topic. */
  private static RpcOutcome<?> header(BlockRef block, BlockRef parent) {
    byte[] bloom = new LogsBloom().add(log(block, 0, ACCOUNT, TOPIC).log()).toArray();
    return ok(
        Optional.of(
            new LogBallot.Bloomed(
                new BlockHeader(block, parent.hash(), Instant.EPOCH),
                Optional.of(Bytes.of(bloom)))));
  }

  private static IncludedLog log(BlockRef block, long index, Address contract, Bytes... topics) {
    return new IncludedLog(new Log(contract, List.of(topics), Bytes.EMPTY, index), HASH, block);
  }

  private static Fact.GasEstimates estimates(int count) {
    return new Fact.GasEstimates(
        Collections.nCopies(count, new Fact.GasEstimate(ACCOUNT, ACCOUNT, Wei.ONE, Bytes.EMPTY)));
  }
}
