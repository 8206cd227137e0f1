package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHeader;
import io.payonce.ChainProfile;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.HeadEvent.NewHead;
import io.payonce.rpc.HeadEvent.SourceChanged;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import io.payonce.testing.PushFault;
import io.payonce.testing.PushServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stream of heads over real WebSockets, from servers that do what networks do. */
@Timeout(300)
final class HeadSocketsTest {
  private static final long PATIENCE_SECONDS = 60;

  /** Blocks of 0.5 s, so that silence is noticed after 3 s. */
  private static final ChainProfile QUICK =
      new ChainProfile(
          Rig.CHAIN.id(),
          Rig.CHAIN.name(),
          Rig.CHAIN.coin(),
          Duration.ofMillis(500),
          Rig.CHAIN.finality(),
          Rig.CHAIN.fees(),
          Rig.CHAIN.limits(),
          Rig.CHAIN.unsupported());

  private final ScriptedChain chain = new ScriptedChain();
  private final List<FaultProxy> nodes = new ArrayList<>();
  private final List<PushServer> pushers = new ArrayList<>();
  private final BlockingQueue<HeadEvent> events = new LinkedBlockingQueue<>();
  private final List<NewHead> heads = new ArrayList<>();
  private int listenedTo;
  private RpcPool pool;

  private HttpReply answer(ProxiedRequest request) {
    List<String> elements = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      ScriptedTransport.Says says =
          call.method().equals("eth_getBlockByNumber")
              ? chain.says(ScriptedTransport.parse(call.text()).get("params").get(0).asText())
              : ScriptedTransport.text("0x1");
      elements.add(ScriptedTransport.element(call.id(), says));
    }
    return HttpReply.json(request.batch() ? ScriptedTransport.array(elements) : elements.get(0));
  }

  private void open(int operators) {
    RpcPoolBuilder builder = RpcPool.builder(QUICK);
    for (int i = 0; i < operators; i++) {
      FaultProxy node = FaultProxy.scripted(this::answer).start();
      PushServer pusher = PushServer.start(method -> "\"0x1\"");
      nodes.add(node);
      pushers.add(pusher);
      builder.endpoint(
          Endpoint.builder("e" + i, "op" + i, SecretUri.of(node.url().toString()))
              .webSocket(SecretUri.of(pusher.url().toString()))
              .build());
    }
    pool = builder.build();
    pool.heads()
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(HeadEvent event) {
                events.add(event);
              }

              @Override
              public void onError(Throwable failure) {
                throw new AssertionError(failure);
              }

              @Override
              public void onComplete() {}
            });
  }

  @AfterEach
  void close() {
    pool.close();
    nodes.forEach(FaultProxy::close);
    pushers.forEach(PushServer::close);
  }

  private void until(Predicate<HeadEvent> wanted) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      HeadEvent event = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      assertThat(event).as("an event in time; told so far: %s", heads).isNotNull();
      if (event instanceof NewHead head) {
        heads.add(head);
      } else if (event instanceof SourceChanged source) {
        listenedTo = source.endpoints().size();
      }
      if (wanted.test(event)) {
        return;
      }
    }
  }

  private void untilTold(BlockHeader head) throws InterruptedException {
    until(event -> event instanceof NewHead told && told.header().equals(head));
  }

  private void announce(BlockHeader head) {
    pushers.forEach(pusher -> pusher.announce(ScriptedChain.json(head)));
  }

  private void growAndTell() throws InterruptedException {
    BlockHeader head = chain.grow(1);
    announce(head);
    untilTold(head);
  }

  /** Grows the chain, by a block at least, until so many endpoints are listened to. */
  private void untilPushedBy(int endpoints) throws InterruptedException {
    do {
      growAndTell();
    } while (listenedTo < endpoints);
  }

  @ParameterizedTest
  @EnumSource(PushFault.class)
  void one_faulty_pusher_changes_no_head(PushFault fault) throws Exception {
    open(3);
    pushers.get(0).fault(fault);
    untilPushedBy(2);
    for (int i = 0; i < 3; i++) {
      growAndTell();
    }
    assertThat(heads.stream().map(NewHead::header)).isEqualTo(told());
    assertThat(pushers.get(0).connections()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(value = PushFault.class, mode = EnumSource.Mode.EXCLUDE, names = "LIE")
  void when_all_pushers_are_faulty_polling_tells_the_heads(PushFault fault) throws Exception {
    open(2);
    pushers.forEach(pusher -> pusher.fault(fault));
    for (int i = 0; i < 3; i++) {
      growAndTell();
    }
    assertThat(heads.stream().map(NewHead::header)).isEqualTo(told());
  }

  @Test
  void a_lie_that_all_pushers_share_is_taken_back() throws Exception {
    open(2);
    pushers.forEach(pusher -> pusher.fault(PushFault.LIE));
    for (int i = 0; i < 3; i++) {
      growAndTell();
    }
    assertThat(heads).last().isEqualTo(new NewHead(chain.tip(), false));
  }

  /** What a subscriber must have been told that began with the first told head. */
  private List<BlockHeader> told() {
    List<BlockHeader> all = chain.blocks();
    return all.subList(all.indexOf(heads.get(0).header()), all.size());
  }

  @Test
  void a_pusher_is_asked_for_its_chain_and_for_heads_and_nothing_else() throws Exception {
    open(2);
    untilPushedBy(2);
    for (PushServer pusher : pushers) {
      Map<Long, String> said = new TreeMap<>(); // a busy machine may need another connection
      for (PushServer.Seen seen : pusher.log()) {
        said.merge(seen.connection(), kind(seen.text()), String::concat);
      }
      assertThat(said.values()).contains("open chain heads ");
      assertThat(said.values()).allMatch("open chain heads "::startsWith);
    }
  }

  private static String kind(String text) {
    if (text.startsWith("GET / HTTP/1.1")) {
      return "open ";
    }
    boolean isHeads = text.contains("eth_subscribe") && text.contains("newHeads");
    return isHeads ? "heads " : text.contains("eth_chainId") ? "chain " : text;
  }

  @Test
  void a_lost_connection_is_made_again() throws Exception {
    open(2);
    untilPushedBy(2);
    pushers.forEach(PushServer::cutConnections);
    while (pushers.stream().anyMatch(pusher -> pusher.connections() < 2)) {
      growAndTell();
    }
    untilPushedBy(2);
    assertThat(heads.stream().map(NewHead::header)).isEqualTo(told());
  }
}
