package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfiles;
import io.payonce.Receipt;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.QuorumResult;
import io.payonce.testing.RequiredPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool that knows a real node by the URL of its WebSocket alone. */
@Timeout(180)
final class PooledSocketTest {
  private static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000aa");

  private AnvilNode node;
  private RpcPool pool;

  @BeforeEach
  void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().manualMining().start());
    String url = node.url().toString().replaceFirst("^http", "ws");
    pool =
        RpcPool.builder(ChainProfiles.builtIn().require(ChainId.of(node.chainId())))
            .endpoint(Endpoint.of("socket", "self", url))
            .singleOperator(true)
            .policy(Patience.POLICY)
            .build();
  }

  @AfterEach
  void stop() {
    if (pool != null) {
      pool.close();
    }
    if (node != null) {
      node.close();
    }
  }

  /** Signed by the node, which then forgets them. */
  private List<SignedTransaction> signed(int count) {
    List<TransactionHash> hashes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      hashes.add(node.send(node.unlockedAccounts().get(0), PAYEE, Wei.of(1), Bytes.EMPTY));
    }
    List<SignedTransaction> txs =
        hashes.stream().map(hash -> SignedTransaction.restored(node.raw(hash), hash)).toList();
    node.dropAll();
    return txs;
  }

  private <T> T agreed(Fact<T> fact) {
    QuorumResult<T> result = pool.criticalRead(fact, CallOptions.DEFAULT).join();
    assertThat(result).isInstanceOf(QuorumResult.Agreed.class);
    return ((QuorumResult.Agreed<T>) result).value();
  }

  @Test
  void transactions_are_sent_mined_and_read_and_heads_are_heard() throws InterruptedException {
    BlockingQueue<HeadEvent> heads = new LinkedBlockingQueue<>();
    pool.heads().subscribe(new Ear(heads));
    List<SignedTransaction> txs = signed(100);
    List<BroadcastEvidence> evidence = pool.broadcastAll(txs, BroadcastOptions.EVERYONE).join();
    assertThat(evidence)
        .hasSize(100)
        .allMatch(each -> each.outcome() == BroadcastEvidence.Outcome.ACCEPTED);
    node.mine(1);
    BlockRef head = agreed(new Fact.BlockRefAt(node.blockNumber()));
    for (int i = 0; i < 100; i += 33) {
      Optional<Receipt> receipt = agreed(new Fact.ReceiptOf(txs.get(i).hash(), head));
      assertThat(receipt).map(Receipt::block).contains(head);
    }
    HeadEvent heard = heads.poll(60, TimeUnit.SECONDS);
    while (heard != null
        && !(heard instanceof HeadEvent.NewHead fresh && fresh.header().ref().equals(head))) {
      heard = heads.poll(60, TimeUnit.SECONDS);
    }
    assertThat(heard).as("the head of the block").isNotNull();
  }

  private record Ear(BlockingQueue<HeadEvent> heads) implements Flow.Subscriber<HeadEvent> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(HeadEvent event) {
      heads.add(event);
    }

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onComplete() {}
  }
}
