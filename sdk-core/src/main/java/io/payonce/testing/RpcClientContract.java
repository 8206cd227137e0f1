package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.ShownTransaction;
import io.payonce.rpc.UnknownEndpointException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every client of several operators must do, whatever carries its bytes: subclass it and hand
 * out a client. The operators are three providers of a simulated chain in virtual time.
 */
public abstract class RpcClientContract {
  /** The chain that the client is for. */
  protected static final ChainId CHAIN = ChainId.of(31337);

  /** Of one provider each. */
  protected static final List<String> OPERATORS = List.of("alpha", "beta", "gamma");

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** The x coordinate of secp256k1's generator: a valid r whose key nobody knows. */
  private static final BigInteger R =
      new BigInteger("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16);

  private final VirtualTime time = new VirtualTime();
  private final SimulatedChain chain;
  private RpcClient client;

  /**
   * A new client with an operator for each of {@link #OPERATORS} that wants a majority of them.
   *
   * @param transports the connection to the provider of an operator
   * @param process whose clock, ticker, executor and scheduler the client uses
   */
  protected abstract RpcClient client(
      Function<String, RpcTransport> transports, VirtualTime.Process process);

  /** Only tests of an implementation subclass it; JUnit makes the instances. */
  @SuppressWarnings("NullAway.Init") // the client is made before each test
  protected RpcClientContract() {
    SimulatedChain.Builder builder = SimulatedChain.builder(time).seed(3).chain(CHAIN);
    OPERATORS.forEach(name -> builder.provider(name, ClientFamily.GETH));
    chain = builder.build();
  }

  @BeforeEach
  void open() {
    VirtualTime.Process process = time.newProcess();
    client = client(name -> chain.transport(name, process), process);
    time.runFor(Duration.ofMinutes(5));
  }

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void call_decodes_what_a_node_answers() {
    assertThat(client.chainId()).isEqualTo(CHAIN);
    RpcOutcome<ChainId> outcome = await(client.call(Requests.chainId(), CallOptions.DEFAULT));
    assertThat(outcome).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(((RpcOutcome.Ok<ChainId>) outcome).value()).isEqualTo(CHAIN);
  }

  @Test
  void call_refuses_an_answer_of_the_wrong_shape() {
    RpcRequest<String> broken =
        new RpcRequest<>(
            "eth_chainId",
            List.of(),
            json -> {
              throw new RpcRequest.MalformedValueException("not what was promised");
            });
    RpcOutcome<String> outcome = await(client.call(broken, CallOptions.DEFAULT));
    assertThat(outcome).isInstanceOf(RpcOutcome.Failed.class);
    assertThat(((RpcOutcome.Failed<String>) outcome).failure())
        .isInstanceOf(RpcFailure.Malformed.class);
  }

  @Test
  void call_batch_keeps_the_order_of_its_requests() {
    OPERATORS.forEach(name -> suffer(name, ProviderFault.REORDERED_BATCH));
    List<RpcRequest<?>> requests = new ArrayList<>();
    for (long number = 0; number < 6; number++) {
      requests.add(Requests.blockRef(Requests.quantity(number)));
      requests.add(Requests.chainId());
    }
    List<RpcOutcome<?>> outcomes = await(client.callBatch(requests, CallOptions.DEFAULT));
    assertThat(outcomes).hasSize(12);
    for (int i = 0; i < 12; i += 2) {
      assertThat(outcomes.get(i).toString()).contains("Optional[" + i / 2 + " (");
      assertThat(outcomes.get(i + 1).toString()).contains("31337");
    }
  }

  @Test
  void a_critical_read_follows_the_majority_and_not_the_operator_that_lies() {
    suffer("beta", ProviderFault.OTHER_BLOCK_HASH);
    BlockRef truth = chain.head();
    time.runFor(chain.config().blockTime());
    QuorumResult<BlockRef> result = read(new Fact.BlockRefAt(truth.number()));
    assertThat(result).isInstanceOf(QuorumResult.Agreed.class);
    QuorumResult.Agreed<BlockRef> agreed = (QuorumResult.Agreed<BlockRef>) result;
    assertThat(agreed.value()).isEqualTo(truth);
    assertThat(agreed.votes()).doesNotContain(new Operator("beta"));
  }

  @Test
  void a_critical_read_is_refused_when_one_operator_of_three_is_left() {
    suffer("alpha", ProviderFault.DEAD);
    suffer("beta", ProviderFault.HANG);
    QuorumResult<BlockRef> result = read(new Fact.BlockRefAt(1));
    assertThat(result).isInstanceOf(QuorumResult.Unavailable.class);
    QuorumResult.Unavailable<BlockRef> none = (QuorumResult.Unavailable<BlockRef>) result;
    assertThat(none.required()).isEqualTo(2);
    assertThat(none.configured()).isEqualTo(3);
  }

  @Test
  void an_operator_that_lags_is_absent_and_no_dissenter() {
    suffer("gamma", ProviderFault.LAGGING);
    SignedTransaction tx = funded(1);
    BlockRef head = chain.head();
    time.runFor(Duration.ofSeconds(3)); // every honest node has it
    QuorumResult<Long> result = read(new Fact.Nonce(tx.sender(), head));
    assertThat(result).isInstanceOf(QuorumResult.Agreed.class);
    QuorumResult.Agreed<Long> agreed = (QuorumResult.Agreed<Long>) result;
    assertThat(agreed.value()).isZero();
    assertThat(agreed.dissent()).isEmpty();
    assertThat(agreed.votes()).containsExactly(new Operator("alpha"), new Operator("beta"));
  }

  @Test
  void a_broadcast_tells_what_each_endpoint_said() {
    SignedTransaction tx = funded(1);
    BroadcastEvidence first = await(client.broadcast(tx, BroadcastOptions.EVERYONE));
    assertThat(first.hash()).isEqualTo(tx.hash());
    assertThat(first.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(first.answers())
        .extracting(answer -> answer.operator().id())
        .containsExactlyInAnyOrderElementsOf(OPERATORS);
    BroadcastEvidence again = await(client.broadcast(tx, BroadcastOptions.EVERYONE));
    assertThat(again.answers()).allMatch(answer -> answer.verdict() == Verdict.ALREADY_KNOWN);
  }

  @Test
  void an_endpoint_that_names_another_hash_is_never_believed() {
    OPERATORS.forEach(name -> suffer(name, ProviderFault.WRONG_SEND_HASH));
    BroadcastEvidence evidence = await(client.broadcast(funded(1), BroadcastOptions.EVERYONE));
    assertThat(evidence.answers())
        .isNotEmpty()
        .allMatch(answer -> answer.verdict() == Verdict.WRONG_HASH);
    assertThat(evidence.outcome()).isEqualTo(Outcome.AMBIGUOUS);
  }

  @Test
  void a_lost_reply_to_a_send_is_ambiguous_and_never_a_rejection() {
    OPERATORS.forEach(
        name -> chain.setFaults(name, ProviderFaults.always(ProviderFault.LOST_REPLY).onSends()));
    BroadcastEvidence evidence = await(client.broadcast(funded(1), BroadcastOptions.EVERYONE));
    assertThat(evidence.outcome()).isIn(Outcome.AMBIGUOUS, Outcome.ACCEPTED);
    assertThat(evidence.answers())
        .isNotEmpty()
        .noneMatch(answer -> answer.verdict() == Verdict.REJECTED);
  }

  @Test
  void a_route_that_cannot_be_kept_to_sends_nothing() {
    SignedTransaction tx = funded(1);
    Route route = Route.privately("nobody-of-this-name");
    assertThatThrownBy(() -> client.broadcast(tx, BroadcastOptions.EVERYONE.by(route)))
        .isInstanceOfSatisfying(
            UnknownEndpointException.class,
            unknown -> assertThat(unknown.endpoint()).isEqualTo("nobody-of-this-name"));
    time.runFor(Duration.ofSeconds(10));
    OPERATORS.forEach(name -> assertThat(chain.pool(name)).isEmpty());
  }

  @Test
  void a_transaction_by_its_hash_proves_itself_and_is_absent_only_by_a_quorum() {
    SignedTransaction tx = funded(1);
    Fact<Optional<ShownTransaction.Proven>> fact =
        new Fact.TransactionByHash(tx.hash(), chain.head());
    time.runFor(Duration.ofSeconds(3)); // every node has the block
    assertThat(read(fact)).isInstanceOf(QuorumResult.Agreed.class);
    assertThat(((QuorumResult.Agreed<Optional<ShownTransaction.Proven>>) read(fact)).value())
        .isEmpty();
    suffer("alpha", ProviderFault.DEAD);
    suffer("beta", ProviderFault.DEAD);
    assertThat(read(fact)).isInstanceOf(QuorumResult.Unavailable.class);
    suffer("alpha", ProviderFault.LAGGING);
    chain.setFaults("beta", ProviderFaults.NONE);
    var sent = await(client.broadcast(tx, BroadcastOptions.EVERYONE));
    assertThat(sent.outcome()).isEqualTo(Outcome.ACCEPTED);
    QuorumResult<Optional<ShownTransaction.Proven>> shown = read(fact);
    assertThat(shown).isInstanceOf(QuorumResult.Agreed.class);
    QuorumResult.Agreed<Optional<ShownTransaction.Proven>> proven =
        (QuorumResult.Agreed<Optional<ShownTransaction.Proven>>) shown;
    assertThat(proven.value().map(ShownTransaction.Proven::raw)).contains(tx.raw());
    assertThat(proven.value().map(ShownTransaction.Proven::sender)).contains(tx.sender());
  }

  @Test
  void broadcast_all_keeps_the_order_of_its_transactions() {
    List<SignedTransaction> txs = List.of(funded(1), funded(2), funded(3), funded(4));
    List<BroadcastEvidence> all = await(client.broadcastAll(txs, BroadcastOptions.EVERYONE));
    assertThat(all)
        .extracting(BroadcastEvidence::hash)
        .containsExactlyElementsOf(txs.stream().map(SignedTransaction::hash).toList());
    assertThat(all).allMatch(evidence -> evidence.outcome() == Outcome.ACCEPTED);
  }

  @Test
  void a_closed_client_refuses_calls_and_sends_nothing() {
    SignedTransaction tx = funded(1);
    client.close();
    client.close();
    assertThatThrownBy(() -> client.call(Requests.chainId(), CallOptions.DEFAULT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> client.broadcast(tx, BroadcastOptions.EVERYONE))
        .isInstanceOf(IllegalStateException.class);
    OPERATORS.forEach(name -> assertThat(chain.pool(name)).isEmpty());
  }

  private void suffer(String provider, ProviderFault fault) {
    chain.setFaults(provider, ProviderFaults.always(fault));
  }

  private <T> QuorumResult<T> read(Fact<T> fact) {
    return await(client.criticalRead(fact, CallOptions.DEFAULT));
  }

  private <T> T await(CompletableFuture<T> future) {
    return time.await(future, PATIENCE);
  }

  /** The first transaction of an account of its own that can pay for it. */
  private SignedTransaction funded(long value) {
    UnsignedTransaction unsigned =
        new UnsignedTransaction.DynamicFee(
            CHAIN,
            0,
            Wei.gwei(2),
            Wei.gwei(100),
            BigInteger.valueOf(21_000),
            Address.of("0x" + "35".repeat(20)),
            Wei.of(value),
            Bytes.EMPTY,
            List.of());
    SignedTransaction tx = SignedTransaction.of(unsigned, new Signature(R, BigInteger.ONE, 0));
    chain.fund(tx.sender(), Wei.ofCoins("1"));
    time.runFor(chain.config().blockTime().multipliedBy(2)); // until every node has seen it
    return tx;
  }
}
