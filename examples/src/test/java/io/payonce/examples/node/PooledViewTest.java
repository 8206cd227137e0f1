package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfiles;
import io.payonce.Wei;
import io.payonce.routing.ChainView;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.ViewOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure.ViewInvalidated;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Views of a pool on a real node, behind three networks on real sockets. */
@Timeout(180)
final class PooledViewTest {
  private static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000aa");
  private static final RpcRequest<Wei> BALANCE = Requests.balance(PAYEE, "latest");

  private final List<FaultProxy> networks = new ArrayList<>();
  private AnvilNode node;
  private RpcPool pool;

  @BeforeEach
  void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().manualMining().start());
    var builder = RpcPool.builder(ChainProfiles.builtIn().require(ChainId.of(node.chainId())));
    for (String name : List.of("alpha", "beta", "gamma")) {
      FaultProxy network = FaultProxy.forwardingTo(node.url()).start();
      networks.add(network);
      builder.endpoint(Endpoint.of(name, name, network.url().toString()));
    }
    pool = builder.policy(Patience.POLICY).build();
    pay();
  }

  @AfterEach
  void stop() {
    if (pool != null) {
      pool.close();
    }
    networks.forEach(FaultProxy::close);
    if (node != null) {
      node.close();
    }
  }

  /** One coin more, in a block of its own. */
  private void pay() {
    node.send(node.unlockedAccounts().get(0), PAYEE, Wei.ofCoins("1"), Bytes.EMPTY);
    node.mine(1);
  }

  private ChainView view(ViewOptions options) {
    RpcOutcome<ChainView> opened = pool.view(options).join();
    assertThat(opened).isInstanceOf(RpcOutcome.Ok.class);
    return ((RpcOutcome.Ok<ChainView>) opened).value();
  }

  private static void assertCoins(ChainView view, int coins) {
    assertThat(view.read(BALANCE, CallOptions.DEFAULT).join())
        .isEqualTo(
            new RpcOutcome.Ok<>(
                Wei.of(Wei.ofCoins("1").value().multiply(BigInteger.valueOf(coins))),
                view.endpoint()));
  }

  @Test
  void a_view_sees_its_block_while_the_chain_grows_and_moves_to_who_has_the_same_one() {
    ChainView first = view(ViewOptions.NEWEST);
    assertCoins(first, 1);
    pay();
    pay();
    ChainView second = view(ViewOptions.NEWEST);
    assertCoins(first, 1);
    assertCoins(second, 3);
    int carrier = List.of("alpha", "beta", "gamma").indexOf(first.endpoint());
    networks.get(carrier).policy(FaultPolicy.always(Fault.RESET));
    networks.get(carrier).cutConnections();
    String before = first.endpoint();
    assertCoins(first, 1);
    assertThat(first.endpoint()).isNotEqualTo(before);
    RpcOutcome<Optional<BlockHeader>> header =
        first.read(Requests.header("latest"), CallOptions.DEFAULT).join();
    assertThat(((RpcOutcome.Ok<Optional<BlockHeader>>) header).value().orElseThrow().ref())
        .isEqualTo(first.block());
  }

  @Test
  void a_reorganisation_ends_the_view_and_only_that_of_the_replaced_blocks() {
    pay();
    ChainView deep = view(ViewOptions.NEWEST);
    pay();
    pay();
    ChainView view = view(ViewOptions.NEWEST);
    assertCoins(view, 4);
    node.reorg(2, List.of());
    assertCoins(deep, 2);
    RpcOutcome<Wei> read = view.read(BALANCE, CallOptions.DEFAULT).join();
    assertThat(((RpcOutcome.Failed<Wei>) read).failure())
        .isInstanceOfSatisfying(
            ViewInvalidated.class,
            end -> assertThat(end.reason()).isEqualTo(ViewInvalidated.Reason.REORG));
    ChainView next = view(ViewOptions.NEWEST);
    assertThat(next.replaced()).contains(view.block());
    assertCoins(next, 2);
  }

  @Test
  void after_a_block_its_payments_are_seen() {
    ChainView before = view(ViewOptions.NEWEST);
    long number = before.block().number() + 1;
    pay();
    RpcOutcome<?> looked =
        pool.call(Requests.blockRef(Requests.quantity(number)), CallOptions.DEFAULT).join();
    Optional<?> coming = (Optional<?>) ((RpcOutcome.Ok<?>) looked).value();
    ChainView after =
        view(ViewOptions.after((BlockRef) coming.orElseThrow()).within(Patience.LIMIT));
    assertCoins(after, 2);
  }
}
