package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.SignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.testing.PushFault;
import io.payonce.testing.PushServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls over real WebSockets, by endpoints that have nothing else. */
@Timeout(180)
final class SocketCallsTest {
  private static final SignedTransaction TX = Rig.transaction(0);

  private volatile String chainId = "\"0x1\"";
  private volatile String balance = "\"0x7\"";
  private final PushServer node =
      PushServer.start(
          method ->
              switch (method) {
                case "eth_chainId" -> chainId;
                case "eth_getBalance" -> balance;
                case "eth_sendRawTransaction" -> '"' + TX.hash().value() + '"';
                default -> "\"0x1\"";
              });
  private final RpcPool pool =
      RpcPool.builder(Rig.CHAIN)
          .endpoint(Endpoint.of("only", "only", node.url().toString()))
          .policy(Patience.policy().bodyCap(64 << 10).build())
          .singleOperator(true)
          .build();

  @AfterEach
  void close() {
    pool.close();
    node.close();
  }

  private RpcOutcome<?> read() {
    return pool.call(Requests.balance(TX.sender(), "latest"), CallOptions.DEFAULT).join();
  }

  private BroadcastEvidence.Verdict send() {
    return pool.broadcast(TX, BroadcastOptions.EVERYONE).join().answers().get(0).verdict();
  }

  private long sends() {
    return node.log().stream().filter(seen -> seen.text().contains("eth_sendRaw")).count();
  }

  @Test
  void an_endpoint_that_has_nothing_but_a_websocket_reads_batches_and_sends_on_one_connection() {
    assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
    List<RpcRequest<?>> batch = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      batch.add(Requests.balance(TX.sender(), "latest"));
    }
    assertThat(pool.callBatch(batch, CallOptions.DEFAULT).join())
        .hasSize(20)
        .allMatch(outcome -> outcome instanceof RpcOutcome.Ok);
    assertThat(send()).isEqualTo(BroadcastEvidence.Verdict.ACCEPTED);
    assertThat(node.log()).anyMatch(seen -> seen.text().contains(TX.raw().toHex())); // bit for bit
    assertThat(node.connections()).isOne();
  }

  @Test
  void many_at_once_are_answered_each_by_its_own() {
    List<CompletableFuture<? extends RpcOutcome<?>>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(pool.call(Requests.nonce(TX.sender(), Requests.quantity(i)), CallOptions.DEFAULT));
    }
    assertThat(all).allMatch(one -> one.join() instanceof RpcOutcome.Ok);
    assertThat(node.connections()).isOne();
  }

  @Test
  void heads_come_over_a_connection_of_their_own() throws InterruptedException {
    CountDownLatch opened = new CountDownLatch(1);
    pool.heads()
        .subscribe(
            new Flow.Subscriber<HeadEvent>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
                opened.countDown();
              }

              @Override
              public void onNext(HeadEvent event) {}

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onComplete() {}
            });
    assertThat(opened.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
    awaitSubscription();
    long subscribed =
        node.log().stream()
            .filter(seen -> seen.text().contains("eth_subscribe"))
            .findFirst()
            .orElseThrow()
            .connection();
    assertThat(node.log())
        .filteredOn(seen -> seen.text().contains("eth_getBalance"))
        .noneMatch(seen -> seen.connection() == subscribed);
  }

  private void awaitSubscription() {
    while (node.subscriptions() == 0) {
      Thread.onSpinWait(); // the class has a time limit
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"GARBAGE", "HALF_FRAME", "CLOSE", "CLOSE_THROTTLED", "RESET", "HUGE"})
  void a_lost_answer_to_a_transaction_is_in_doubt_and_the_bytes_leave_once(PushFault fault) {
    assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
    node.answerFault(fault);
    assertThat(send()).isEqualTo(BroadcastEvidence.Verdict.AMBIGUOUS);
    assertThat(sends()).isOne();
    node.answerFault(PushFault.PASS);
    if (fault == PushFault.CLOSE_THROTTLED) {
      assertThat(pool.health().get(0).throttledFor()).isPositive();
    } else {
      assertThat(read()).isInstanceOf(RpcOutcome.Ok.class); // on another connection
      assertThat(node.connections()).isGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FRAGMENTED", "DUPLICATE"})
  void an_answer_may_come_in_pieces_or_twice(PushFault fault) {
    node.answerFault(fault);
    for (int i = 0; i < 5; i++) {
      assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(send()).isEqualTo(BroadcastEvidence.Verdict.ACCEPTED);
    assertThat(node.connections()).isOne();
  }

  @Test
  void an_answer_that_is_longer_than_allowed_is_no_answer() {
    assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
    balance = "\"0x" + "0".repeat(200_000) + '"';
    assertThat(read()).isInstanceOf(RpcOutcome.Failed.class);
    balance = "\"0x7\"";
    assertThat(read()).isInstanceOf(RpcOutcome.Ok.class);
  }

  @Test
  void no_transaction_leaves_when_the_next_connection_is_to_another_chain() {
    assertThat(send()).isEqualTo(BroadcastEvidence.Verdict.ACCEPTED);
    chainId = "\"0x2\"";
    node.cutConnections();
    BroadcastEvidence evidence = pool.broadcast(TX, BroadcastOptions.EVERYONE).join();
    assertThat(sends()).as("%s", node.log()).isOne();
    assertThat(evidence.outcome()).isNotEqualTo(BroadcastEvidence.Outcome.ACCEPTED);
  }

  @Test
  void a_server_that_is_not_there_was_sent_nothing() {
    node.close();
    RpcOutcome<?> outcome = read();
    assertThat(outcome).isInstanceOf(RpcOutcome.Failed.class);
    RpcFailure failure = ((RpcOutcome.Failed<?>) outcome).failure();
    assertThat(failure.bytesSent()).isEqualTo(BytesSent.NONE);
    assertThat(send()).isEqualTo(BroadcastEvidence.Verdict.NOT_SENT);
  }
}
