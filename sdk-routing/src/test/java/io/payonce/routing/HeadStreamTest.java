package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHeader;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.HeadEvent.NewHead;
import io.payonce.rpc.HeadEvent.Reorg;
import io.payonce.rpc.HeadEvent.SourceChanged;
import io.payonce.rpc.HeadEvent.Stalled;
import io.payonce.rpc.TransportReply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** The stream of heads in virtual time; a block takes 12 s. */
final class HeadStreamTest {
  private static final Duration BLOCK = Rig.CHAIN.blockTime();

  private final ScriptedChain chain = new ScriptedChain();
  private final Rig rig = new Rig();
  private final ScriptedPush push = new ScriptedPush(rig.time);
  private final Taker taker = new Taker(Long.MAX_VALUE);

  /** Keeps what it is told, and checks that it makes sense. */
  private static class Taker implements Flow.Subscriber<HeadEvent> {
    final List<HeadEvent> events = new ArrayList<>();

    /** The chain as a subscriber must take it. */
    final Deque<BlockHeader> chain = new ArrayDeque<>();

    private final long first;
    Flow.Subscription subscription;
    boolean complete;
    Throwable failure;

    Taker(long first) {
      this.first = first;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      if (first > 0) {
        given.request(first);
      }
    }

    @Override
    public void onNext(HeadEvent event) {
      events.add(event);
      if (event instanceof NewHead head) {
        if (!chain.isEmpty()) {
          assertThat(head.header().parent()).isEqualTo(chain.getLast().hash());
          assertThat(head.header().number()).isEqualTo(chain.getLast().number() + 1);
        }
        chain.addLast(head.header());
      } else if (event instanceof Reorg reorg) {
        assertThat(chain.getLast().ref()).isEqualTo(reorg.oldTip());
        while (!chain.getLast().ref().equals(reorg.commonAncestor())) {
          chain.removeLast();
        }
      } else if (event instanceof Stalled stalled && stalled.why() != Stalled.Why.SILENCE) {
        chain.clear();
      }
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
    }

    @Override
    public void onComplete() {
      complete = true;
    }

    <E extends HeadEvent> List<E> all(Class<E> kind) {
      return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<BlockHeader> heads() {
      return all(NewHead.class).stream().map(NewHead::header).toList();
    }
  }

  @Test
  void what_threads_tell_in_another_order_ends_with_the_newest() {
    Wiring wiring = Rig.wiring(rig.time, null);
    RpcPool pool = rig.endpoint("a", "a").pool();
    HeadFeed feed = new HeadFeed(pool, new Roster(List.of(), wiring), wiring, Rig.CHAIN, push);
    HeadCursor cursor = new HeadCursor(feed, taker, 0);
    cursor.begin();
    cursor.sources(List.of("a", "b"), 2);
    cursor.sources(List.of("a"), 1);
    cursor.becameFinal(chain.grow(9).ref());
    cursor.becameFinal(chain.blocks().get(3).ref());
    rig.time.runFor(BLOCK);
    assertThat(taker.events)
        .containsExactly(
            new SourceChanged(List.of("a", "b")),
            new HeadEvent.FinalityAdvanced(chain.tip().ref()));
  }

  /** Operators of which those with a star push. */
  private void open(String... operators) {
    rig.push(push);
    for (String operator : operators) {
      String name = operator.replace("*", "");
      Endpoint.Builder endpoint = Rig.like(name);
      if (operator.endsWith("*")) {
        endpoint.webSocket(SecretUri.of("wss://" + name + ".example/"));
      }
      rig.endpoint(endpoint.build());
      rig.at(name).script =
          request ->
              request.method().equals("eth_getBlockByNumber")
                  ? chain.says(request.params().get(0).asText())
                  : text("0x5");
    }
    rig.pool().heads().subscribe(taker);
    rig.time.runFor(Duration.ofSeconds(1));
  }

  /** A new block, pushed by these. */
  private BlockHeader block(String... pushing) {
    BlockHeader head = chain.grow(1);
    for (String name : pushing) {
      push.push(name, head);
    }
    rig.time.runFor(BLOCK);
    return head;
  }

  private void steady(String... pushing) {
    for (int i = 0; i < 4; i++) {
      block(pushing);
    }
    assertThat(taker.all(SourceChanged.class))
        .last()
        .isEqualTo(new SourceChanged(List.of(pushing)));
  }

  private long reads() {
    return rig.transports.values().stream().mapToLong(t -> t.count("eth_getBlockByNumber")).sum();
  }

  @Test
  void every_head_is_told_once_and_in_order() {
    open("a*", "b*", "c");
    steady("a", "b");
    for (int i = 0; i < 20; i++) {
      block("a", "b");
    }
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(taker.all(NewHead.class)).noneMatch(NewHead::singleSource);
    assertThat(taker.all(Reorg.class)).isEmpty();
    assertThat(taker.all(Stalled.class)).isEmpty();
  }

  @Test
  void a_pushed_head_is_told_at_once_and_not_with_the_next_poll() {
    open("a*", "b*", "c");
    steady("a", "b");
    BlockHeader head = chain.grow(1);
    push.push("a", head);
    push.push("b", head);
    rig.time.runFor(Duration.ofMillis(10));
    assertThat(taker.heads()).last().isEqualTo(head);
  }

  @Test
  void endpoints_without_web_socket_are_polled_at_two_operators() {
    open("a", "b", "c");
    for (int i = 0; i < 5; i++) {
      block();
    }
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(taker.all(NewHead.class)).noneMatch(NewHead::singleSource);
    assertThat(taker.all(SourceChanged.class)).containsExactly(new SourceChanged(List.of()));
  }

  @Test
  void a_gap_is_filled_by_reads() {
    open("a*", "b*", "c");
    steady("a", "b");
    chain.grow(30);
    block("a", "b");
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void duplicates_and_heads_out_of_order_change_nothing() {
    open("a*", "b*", "c");
    steady("a", "b");
    BlockHeader first = chain.grow(1);
    BlockHeader second = chain.grow(1);
    for (String name : List.of("a", "b", "a", "b")) {
      push.push(name, second);
      push.push(name, first);
    }
    rig.time.runFor(BLOCK);
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(taker.all(Reorg.class)).isEmpty();
  }

  @Test
  void a_reorg_is_told_with_its_common_ancestor() {
    open("a*", "b*", "c");
    steady("a", "b");
    BlockHeader ancestor = chain.tip();
    BlockHeader oldTip = null;
    for (int i = 0; i < 5; i++) {
      oldTip = block("a", "b");
    }
    chain.forget(5);
    chain.grow(5);
    BlockHeader tip = block("a", "b");
    assertThat(taker.all(Reorg.class))
        .containsExactly(new Reorg(oldTip.ref(), tip.ref(), ancestor.ref()));
    assertThat(taker.all(Reorg.class).get(0).depth()).isEqualTo(5);
    assertThat(taker.chain).containsExactlyElementsOf(chain.blocks());
  }

  @Test
  void a_reorg_at_the_same_height_is_told_too() {
    open("a*", "b*", "c");
    steady("a", "b");
    chain.forget(1);
    BlockHeader tip = block("a", "b");
    assertThat(taker.all(Reorg.class)).hasSize(1);
    assertThat(taker.chain).last().isEqualTo(tip);
  }

  @Test
  void a_break_that_is_deeper_than_what_was_told_skips_no_height() {
    chain.grow(10);
    open("a*", "b*", "c");
    BlockHeader first = chain.tip();
    chain.forget(3);
    chain.grow(4);
    BlockHeader tip = block("a", "b");
    assertThat(taker.all(Stalled.class))
        .containsExactly(new Stalled(Stalled.Why.DEEP_REORG, java.util.Optional.of(first.ref())));
    assertThat(taker.chain).hasSize(3).last().isEqualTo(tip);
    assertThat(taker.chain.getFirst().number()).isEqualTo(first.number());
  }

  @Test
  void a_reorg_deeper_than_64_is_a_marked_break() {
    open("a*", "b*", "c");
    steady("a", "b");
    for (int i = 0; i < 70; i++) {
      block("a", "b");
    }
    chain.forget(68);
    chain.grow(68);
    BlockHeader tip = block("a", "b");
    assertThat(taker.all(Stalled.class)).extracting(Stalled::why).contains(Stalled.Why.DEEP_REORG);
    assertThat(taker.chain).hasSize(66).last().isEqualTo(tip); // the 65 that it remembered, again
  }

  @Test
  void more_than_1024_missing_blocks_are_a_marked_break() {
    open("a*", "b*", "c");
    steady("a", "b");
    BlockHeader before = chain.tip();
    chain.grow(1025);
    BlockHeader tip = block("a", "b");
    assertThat(taker.chain).containsExactly(tip);
    assertThat(taker.all(Stalled.class))
        .containsExactly(new Stalled(Stalled.Why.GAP, java.util.Optional.of(before.ref())));
  }

  @Test
  void a_lone_word_gets_its_second_witness_by_a_read() {
    open("a*", "b", "c");
    for (int i = 0; i < 8; i++) {
      block("a");
    }
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(taker.all(NewHead.class)).noneMatch(NewHead::singleSource);
  }

  @Test
  void a_lone_word_is_told_after_a_block_time_and_is_marked() {
    open("a*", "b", "c");
    steady("a");
    rig.at("b").script = request -> silence();
    rig.at("c").script = request -> silence();
    BlockHeader head = chain.grow(1);
    push.push("a", head);
    rig.time.runFor(BLOCK.minusSeconds(1));
    assertThat(taker.heads()).doesNotContain(head);
    rig.time.runFor(Duration.ofSeconds(2));
    assertThat(taker.events).contains(new NewHead(head, true));
  }

  @Test
  void an_invented_block_is_not_told_while_two_operators_see_another_chain() {
    open("a*", "b*", "c");
    steady("a", "b");
    for (int i = 0; i < 20; i++) {
      BlockHeader lie = chain.child(chain.tip());
      BlockHeader far = chain.child(lie);
      push.push("a", lie);
      push.push("a", far);
      BlockHeader head = chain.grow(1);
      rig.time.runFor(Duration.ofMillis(200));
      push.push("b", head);
      rig.time.runFor(BLOCK.minusSeconds(1));
      assertThat(taker.heads()).doesNotContain(lie, far).contains(head);
    }
  }

  @Test
  void an_operator_that_falls_silent_is_replaced_and_polling_fills_the_time() {
    open("a*", "b*", "c*");
    steady("a", "b");
    for (int i = 0; i < 4; i++) {
      block("b");
    }
    assertThat(push.hears("c")).isTrue();
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    for (int i = 0; i < 4; i++) {
      block();
    }
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(taker.all(SourceChanged.class)).last().isEqualTo(new SourceChanged(List.of()));
    for (int i = 0; i < 8; i++) {
      block("a", "b", "c");
    }
    assertThat(
            taker
                .all(SourceChanged.class)
                .get(taker.all(SourceChanged.class).size() - 1)
                .endpoints())
        .hasSize(2);
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void steady_pushes_end_the_polling() {
    open("a*", "b*", "c");
    steady("a", "b");
    block("a", "b");
    rig.transports.values().forEach(ScriptedTransport::forget);
    for (int i = 0; i < 100; i++) {
      block("a", "b");
    }
    // Probes, a quorum on finality in each second block, and nothing else.
    assertThat(reads()).isLessThan(3 * 100 + 2 * 3 * 60);
  }

  @Test
  void a_lost_connection_is_tried_again_with_growing_pauses() {
    push.isDead = true;
    open("a*");
    rig.time.runFor(Duration.ofMinutes(30));
    List<Long> at = push.openedAtMillis;
    List<Long> pauses = new ArrayList<>();
    for (int i = 1; i < at.size(); i++) {
      pauses.add(at.get(i) - at.get(i - 1));
    }
    assertThat(pauses).allMatch(pause -> pause <= 30_000 + 6_100);
    assertThat(at.size()).isBetween(1800 / 36, 1800 / 6);
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void an_endpoint_of_another_chain_is_not_listened_to() {
    push.chainId = "0x2";
    open("a*", "b*");
    BlockHeader lie = chain.child(chain.tip());
    push.push("a", lie);
    push.push("b", lie);
    rig.time.runFor(BLOCK.multipliedBy(2));
    assertThat(taker.heads()).doesNotContain(lie);
    assertThat(push.hears("a") || push.hears("b")).isFalse();
  }

  @Test
  void an_endpoint_without_subscriptions_is_polled() {
    push.refuses = true;
    open("a*", "b*");
    for (int i = 0; i < 10; i++) {
      block();
    }
    assertThat(taker.heads()).isEqualTo(chain.blocks());
    assertThat(push.at("a")).hasSize(1);
  }

  @Test
  void a_throttled_connection_throttles_the_endpoint() {
    open("a*", "b*", "c*");
    push.at("a").get(0).ends(true);
    rig.time.runFor(Duration.ofMillis(100));
    assertThat(rig.health("a").throttledFor()).isPositive();
    assertThat(push.hears("a")).isFalse();
    assertThat(push.hears("c")).isTrue();
  }

  @Test
  void a_proven_liar_is_listened_to_no_more_until_a_person_releases_it() {
    open("a*", "b*", "c*");
    steady("a", "b");
    rig.at("a").chainId = "0x2";
    rig.time.runFor(Duration.ofMinutes(2)); // a probe finds it out
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    assertThat(push.hears("a")).isFalse();
    int connections = push.at("a").size();
    push.at("c").forEach(channel -> channel.ends(false)); // so that another one is wanted
    for (int i = 0; i < 20; i++) {
      block("b");
    }
    assertThat(push.at("a")).hasSize(connections);
    rig.at("a").chainId = "0x1";
    assertThat(rig.pool().release("a", "operations")).isTrue();
    push.at("c").forEach(channel -> channel.ends(false));
    push.at("b").forEach(channel -> channel.ends(false));
    rig.time.runFor(BLOCK);
    assertThat(push.hears("a")).isTrue();
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void what_a_proven_liar_pushes_to_a_subscription_is_heard_no_more() {
    open("a*", "b*");
    rig.pool().subscription(List.of("newPendingTransactions")).subscribe(new Ignored<>());
    rig.time.runFor(Duration.ofSeconds(2));
    assertThat(listening("a")).isEqualTo(1);
    assertThat(listening("b")).isZero();
    rig.at("a").chainId = "0x2";
    rig.time.runFor(Duration.ofMinutes(2)); // a probe finds it out
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    assertThat(listening("a")).isZero();
    assertThat(listening("b")).isEqualTo(1);
  }

  /** On how many connections pending transactions are heard from it. */
  private long listening(String name) {
    return push.at(name).stream()
        .filter(channel -> !channel.closed)
        .filter(channel -> channel.sent.stream().anyMatch(s -> s.contains("newPending")))
        .count();
  }

  @Test
  void no_connection_is_made_to_an_endpoint_that_rests_as_it_shows_no_pinned_key() {
    open("a*", "b*", "c");
    steady("a", "b");
    rig.at("a").chainId = "";
    rig.at("a").script =
        request ->
            new ScriptedTransport.Says.Fault(
                new TransportReply.Failed(
                    "no", BytesSent.NONE, false, TransportReply.Cause.PIN_MISMATCH));
    rig.time.runFor(BLOCK.multipliedBy(6)); // a probe finds it out
    assertThat(rig.health("a").throttledFor()).isPositive();
    push.at("a").forEach(channel -> channel.ends(false));
    rig.time.runFor(Duration.ofMillis(10));
    int connections = push.at("a").size();
    rig.at("a").forget();
    for (int minute = 0; minute < 55; minute++) {
      for (int block = 0; block < 5; block++) {
        block("b");
      }
    }
    assertThat(push.at("a")).hasSize(connections);
    assertThat(rig.at("a").bodies).isEmpty();
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void words_of_another_subscription_count_for_nothing() {
    open("a*", "b*");
    BlockHeader lie = chain.child(chain.tip());
    for (String name : List.of("a", "b")) {
      push.at(name).get(0).says(ScriptedPush.notification("0x8", lie));
    }
    rig.time.runFor(BLOCK.multipliedBy(2));
    assertThat(taker.heads()).doesNotContain(lie);
  }

  @Test
  void garbage_makes_the_endpoint_suspect_and_the_connection_new() {
    open("a*", "b*");
    push.at("a").get(0).says("{\"jsonrpc\":");
    rig.time.runFor(Duration.ofMillis(10));
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.SUSPECT);
    rig.time.runFor(Duration.ofSeconds(20));
    assertThat(push.at("a")).hasSize(2);
  }

  @Test
  void silence_of_the_whole_chain_is_told_once() {
    open("a*", "b*", "c");
    steady("a", "b");
    rig.time.runFor(BLOCK.multipliedBy(20));
    assertThat(taker.all(Stalled.class))
        .containsExactly(
            new Stalled(Stalled.Why.SILENCE, java.util.Optional.of(chain.tip().ref())));
  }

  @Test
  void a_slow_subscriber_is_told_what_it_missed() {
    open("a*", "b*", "c");
    Taker slow = new Taker(1);
    rig.pool().heads().subscribe(slow);
    for (int i = 0; i < 300; i++) {
      block("a", "b");
    }
    assertThat(slow.events).hasSize(1);
    slow.subscription.request(Long.MAX_VALUE);
    rig.time.runFor(BLOCK);
    block("a", "b");
    assertThat(slow.heads()).isEqualTo(chain.blocks().subList(300, 302));
    assertThat(taker.heads()).isEqualTo(chain.blocks());
  }

  @Test
  void what_a_slow_subscriber_is_told_beside_the_blocks_takes_no_reorganisation_away() {
    open("a*", "b*");
    steady("a", "b");
    Taker slow = new Taker(0);
    rig.pool().heads().subscribe(slow);
    rig.time.runFor(Duration.ofSeconds(1));
    block("a", "b");
    while (slow.chain.size() < 2 || !slow.chain.getLast().equals(chain.tip())) {
      slow.subscription.request(1);
      rig.time.runFor(Duration.ofSeconds(1));
      if (slow.chain.size() == 1) {
        block("a", "b");
      }
    }
    chain.forget(1);
    chain.grow(3);
    block("a", "b");
    rig.transports.values().forEach(transport -> transport.delay = Duration.ofSeconds(1));
    while (slow.events.get(slow.events.size() - 1) instanceof NewHead) {
      // While the blocks of the new branch are read, who pushes has changed: that is told first.
      slow.subscription.request(1);
      push.at("a").forEach(channel -> channel.ends(false));
      push.at("b").forEach(channel -> channel.ends(false));
      rig.time.runFor(Duration.ofSeconds(3));
    }
    assertThat(slow.all(Reorg.class)).isEmpty();
    rig.transports.values().forEach(transport -> transport.delay = Duration.ofMillis(10));
    for (int i = 0; i < 600; i++) {
      chain.grow(1);
      rig.time.runFor(BLOCK);
    }
    slow.subscription.request(Long.MAX_VALUE);
    rig.time.runFor(BLOCK);
    assertThat(slow.all(Reorg.class)).hasSize(1);
    assertThat(slow.chain).last().isEqualTo(chain.tip());
    assertThat(slow.events).hasSizeLessThan(slow.heads().size() + 270);
  }

  @Test
  void finality_is_what_a_quorum_agrees_on() {
    open("a*", "b*", "c");
    for (int i = 0; i < 20; i++) {
      block("a", "b");
    }
    List<HeadEvent.FinalityAdvanced> told = taker.all(HeadEvent.FinalityAdvanced.class);
    assertThat(told).isNotEmpty();
    List<Long> numbers = told.stream().map(f -> f.block().number()).toList();
    assertThat(numbers).isSorted().doesNotHaveDuplicates();
    assertThat(chain.blocks().stream().map(BlockHeader::ref))
        .containsAll(told.stream().map(HeadEvent.FinalityAdvanced::block).toList());
    assertThat(numbers.get(numbers.size() - 1)).isLessThanOrEqualTo(chain.tip().number() - 11);
  }

  @Test
  void nothing_is_asked_without_subscribers_and_closing_ends_the_stream() {
    open("a*", "b*", "c");
    steady("a", "b");
    taker.subscription.cancel();
    rig.time.runFor(BLOCK);
    assertThat(push.hears("a") || push.hears("b")).isFalse();
    Taker second = new Taker(Long.MAX_VALUE);
    rig.pool().heads().subscribe(second);
    rig.time.runFor(Duration.ofSeconds(1));
    assertThat(push.hears("a") && push.hears("b")).isTrue();
    rig.pool().close();
    rig.time.runFor(BLOCK);
    assertThat(second.complete).isTrue();
    assertThat(push.isClosed).isTrue();
    Taker late = new Taker(Long.MAX_VALUE);
    rig.pool().heads().subscribe(late);
    rig.time.runFor(BLOCK);
    assertThat(late.complete).isTrue();
  }

  @Test
  void a_subscriber_that_throws_is_told_nothing_more_and_the_others_go_on() {
    open("a", "b");
    Taker broken =
        new Taker(Long.MAX_VALUE) {
          @Override
          public void onNext(HeadEvent event) {
            super.onNext(event);
            throw new NoSuchMethodError("a subscriber of another version");
          }
        };
    rig.pool().heads().subscribe(broken);
    rig.time.runFor(BLOCK);
    BlockHeader tip = block();
    assertThat(broken.events).hasSize(1);
    assertThat(taker.chain).last().isEqualTo(tip);
  }

  @Test
  void asking_for_less_than_one_event_is_an_error() {
    open("a*", "b*");
    Taker wrong = new Taker(0);
    rig.pool().heads().subscribe(wrong);
    rig.time.runFor(Duration.ofSeconds(1));
    wrong.subscription.request(0);
    rig.time.runFor(Duration.ofSeconds(1));
    assertThat(wrong.failure).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void no_call_to_a_subscriber_begins_before_the_one_before_has_returned() {
    // On an executor that runs at once, whatever would be told on another thread meanwhile is told
    // inside the call before.
    Wiring atOnce =
        new Wiring(
            Rig.CHAIN.id(),
            RoutingPolicy.DEFAULT,
            rig.time.ticker(),
            rig.time.clock(),
            new Random(1),
            rig.time.scheduler(),
            Runnable::run,
            false,
            null,
            null);
    RpcPool pool = rig.endpoint("a", "a").pool();
    HeadFeed feed = new HeadFeed(pool, new Roster(List.of(), atOnce), atOnce, Rig.CHAIN, push);
    for (boolean early : List.of(true, false)) {
      List<String> calls = new ArrayList<>();
      Taker wrong =
          new Taker(1) {
            @Override
            public void onSubscribe(Flow.Subscription given) {
              calls.add("begins");
              super.onSubscribe(given);
              if (early) {
                given.request(0);
              }
              calls.add("has begun");
            }

            @Override
            public void onNext(HeadEvent event) {
              calls.add("takes");
              subscription.request(-1);
              subscription.request(Long.MIN_VALUE);
              calls.add("has taken");
            }

            @Override
            public void onError(Throwable thrown) {
              calls.add("fails");
            }
          };
      HeadCursor cursor = new HeadCursor(feed, wrong, 0);
      cursor.begin();
      cursor.sources(List.of("a"), 1);
      assertThat(calls)
          .containsExactlyElementsOf(
              early
                  ? List.of("begins", "has begun", "fails")
                  : List.of("begins", "has begun", "takes", "has taken", "fails"));
    }
  }

  @Test
  void a_subscriber_that_throws_when_it_is_given_its_subscription_is_forgotten() {
    open("a*", "b*");
    taker.subscription.cancel();
    rig.pool()
        .heads()
        .subscribe(
            new Taker(0) {
              @Override
              public void onSubscribe(Flow.Subscription given) {
                throw new IllegalStateException("a subscriber that was used before");
              }
            });
    rig.time.runFor(BLOCK);
    assertThat(push.hears("a") || push.hears("b")).isFalse();
  }

  @Test
  void random_reorgs_gaps_lies_and_stalls_never_break_the_order() {
    long seed = 42;
    Random random = new Random(seed);
    open("a*", "b*", "c*");
    for (int i = 0; i < 1_000; i++) {
      if (random.nextInt(12) == 0) {
        int depth = 1 + random.nextInt(8);
        if (chain.blocks().size() > depth + 1) {
          chain.forget(depth);
          chain.grow(depth);
        }
      }
      BlockHeader head = chain.grow(1 + (random.nextInt(10) == 0 ? random.nextInt(40) : 0));
      for (String name : List.of("a", "b", "c")) {
        switch (random.nextInt(12)) {
          case 0 -> push.push(name, name.equals("a") ? chain.child(chain.tip()) : head);
          case 1 -> {
            push.push(name, head);
            push.push(name, head);
          }
          case 2 -> push.at(name).forEach(channel -> channel.ends(random.nextInt(20) == 0));
          case 3 -> {
            // Silence.
          }
          default -> push.push(name, head);
        }
      }
      rig.time.runFor(Duration.ofMillis(500 + random.nextInt(20_000)));
    }
    rig.time.runFor(BLOCK.multipliedBy(3));
    block("a", "b", "c");
    rig.time.runFor(BLOCK.multipliedBy(3));
    assertThat(taker.chain.getLast()).as("seed %d", seed).isEqualTo(chain.tip());
    assertThat(chain.blocks()).as("seed %d", seed).containsAll(taker.chain);
    assertThat(taker.all(Reorg.class)).as("seed %d", seed).isNotEmpty();
  }
}
