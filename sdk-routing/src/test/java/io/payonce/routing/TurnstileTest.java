package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockRef;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.routing.Turnstile.Room;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TurnstileTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final Fact<BlockRef> HEAD = new Fact.BlockRefAt(100);

  private final VirtualTime time = new VirtualTime();

  private Turnstile turnstile(int places, double perSecond) {
    Wiring wiring =
        new Wiring(
            Rig.CHAIN.id(),
            RoutingPolicy.builder().bulkhead(places).build(),
            time.ticker(),
            time.clock(),
            new Random(1),
            time.scheduler(),
            time.executor(),
            false,
            null,
            null);
    return new Turnstile(wiring, perSecond);
  }

  private static Turnstile unlimited(TurnstileTest test, int places) {
    return test.turnstile(places, Double.POSITIVE_INFINITY);
  }

  private CompletableFuture<Boolean> wait(Turnstile turnstile, Use use, List<String> order) {
    CompletableFuture<Boolean> entered = turnstile.enter(use, 1, 1000 * MILLI);
    assertThat(entered).isNotDone();
    return entered.whenComplete((in, none) -> order.add(use.name()));
  }

  @Test
  void reads_leave_a_fifth_of_the_places_to_what_cannot_wait() {
    Turnstile turnstile = unlimited(this, 10);
    for (int i = 0; i < 8; i++) {
      assertThat(turnstile.enter(Use.READ, 1, 0)).isSameAs(Turnstile.ENTERED);
    }
    assertThat(turnstile.enter(Use.READ, 1, 0)).isCompletedWithValue(false);
    assertThat(turnstile.enter(Use.VOTE, 1, 0)).isSameAs(Turnstile.ENTERED);
    assertThat(turnstile.enter(Use.WRITE, 1, 0)).isSameAs(Turnstile.ENTERED);
    assertThat(turnstile.enter(Use.WRITE, 1, 0)).isCompletedWithValue(false);
    assertThat(turnstile.inside()).isEqualTo(10);
  }

  @Test
  void broadcasts_go_before_votes_and_votes_before_reads() {
    Turnstile turnstile = unlimited(this, 1);
    assertThat(turnstile.enter(Use.READ, 1, 0)).isSameAs(Turnstile.ENTERED);
    List<String> order = new ArrayList<>();
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (Use use : new Use[] {Use.READ, Use.VOTE, Use.READ, Use.WRITE, Use.VOTE}) {
      all.add(wait(turnstile, use, order));
    }
    assertThat(turnstile.room(time.ticker().nanos(), Use.WRITE)).isEqualTo(Room.LATER);
    for (int i = 0; i < 5; i++) {
      turnstile.leave(i == 0 ? Use.READ : Use.valueOf(order.get(i - 1)), 1);
      time.runFor(Duration.ofMillis(1));
      assertThat(order).hasSize(i + 1);
    }
    assertThat(order).containsExactly("WRITE", "VOTE", "VOTE", "READ", "READ");
    assertThat(all).allMatch(CompletableFuture::join);
    assertThat(turnstile.load()).isEqualTo(1);
  }

  @Test
  void no_line_is_passed_over_for_ever() {
    Turnstile turnstile = unlimited(this, 1);
    assertThat(turnstile.enter(Use.WRITE, 1, 0)).isSameAs(Turnstile.ENTERED);
    List<String> order = new ArrayList<>();
    for (Use use : Use.values()) {
      for (int i = 0; i < 15; i++) {
        CompletableFuture<?> unused = wait(turnstile, use, order);
      }
    }
    Use inside = Use.WRITE;
    for (int i = 0; i < 60; i++) {
      turnstile.leave(inside, 1);
      time.runFor(Duration.ofMillis(1));
      inside = Use.valueOf(order.get(i));
    }
    assertThat(initials(order))
        .isEqualTo("WWWWWWWWVWWWWWWWRVVVVVVVVVVVVVVRBRRRRRRRRRRRRRBBBBBBBBBBBBBB");
  }

  /** So many bodies, each of so many requests. */
  private static void queue(
      Turnstile turnstile, int bodies, Use use, int requests, List<String> order) {
    for (int i = 0; i < bodies; i++) {
      CompletableFuture<?> unused =
          turnstile.enter(use, requests, 10_000 * MILLI).thenRun(() -> order.add(use.name()));
    }
  }

  private static String initials(List<String> order) {
    return order.stream().map(use -> use.substring(0, 1)).collect(Collectors.joining());
  }

  /** A hundred transactions cost a node as much as many small questions. */
  @Test
  void a_vote_is_due_after_eight_times_as_many_requests_of_broadcasts() {
    Turnstile turnstile = unlimited(this, 4);
    assertThat(turnstile.enter(Use.WRITE, 64, 0)).isSameAs(Turnstile.ENTERED);
    List<String> order = new ArrayList<>();
    queue(turnstile, 5, Use.WRITE, 100, order);
    queue(turnstile, 20, Use.VOTE, 4, order);
    turnstile.leave(Use.WRITE, 64);
    for (int i = 0; i < 25; i++) {
      time.runFor(Duration.ofMillis(1));
      boolean write = order.get(i).equals("WRITE");
      turnstile.leave(write ? Use.WRITE : Use.VOTE, write ? 100 : 4);
    }
    assertThat(initials(order)).isEqualTo("WVVVWVVVWVVVWVVVWVVVVVVVV");
  }

  /** With a rate too. */
  @Test
  void votes_go_on_while_broadcasts_use_up_what_the_provider_allows() {
    Turnstile turnstile = turnstile(64, 10);
    assertThat(turnstile.enter(Use.WRITE, 10, 0)).isSameAs(Turnstile.ENTERED);
    List<String> order = new ArrayList<>();
    queue(turnstile, 50, Use.WRITE, 1, order);
    queue(turnstile, 5, Use.VOTE, 1, order);
    time.runFor(Duration.ofSeconds(3));
    assertThat(initials(order)).startsWith("WWWWWWWWVWWWWWWWWVWWWWWWWWV");
  }

  @Test
  void a_long_batch_takes_a_place_for_each_sixteen_of_its_requests() {
    Turnstile turnstile = unlimited(this, 10);
    assertThat(turnstile.enter(Use.WRITE, 16, 0)).isSameAs(Turnstile.ENTERED);
    assertThat(turnstile.enter(Use.WRITE, 100, 0)).isSameAs(Turnstile.ENTERED);
    assertThat(turnstile.inside()).isEqualTo(8);
    assertThat(turnstile.enter(Use.READ, 100, 0)).isSameAs(Turnstile.ENTERED);
    assertThat(turnstile.enter(Use.WRITE, 1, 0)).isCompletedWithValue(false);
    turnstile.leave(Use.READ, 100);
    turnstile.leave(Use.WRITE, 100);
    assertThat(turnstile.inside()).isEqualTo(1);
    turnstile.leave(Use.WRITE, 16);
    assertThat(turnstile.load()).isZero();
  }

  @Test
  void a_newcomer_overtakes_nobody_who_waits() {
    Turnstile turnstile = turnstile(10, 10);
    assertThat(turnstile.enter(Use.WRITE, 10, 0)).isSameAs(Turnstile.ENTERED);
    CompletableFuture<Boolean> batch = turnstile.enter(Use.WRITE, 5, 1000 * MILLI);
    time.runFor(Duration.ofMillis(300)); // three of five
    CompletableFuture<Boolean> small = turnstile.enter(Use.VOTE, 1, 1000 * MILLI);
    assertThat(small).isNotDone();
    time.runFor(Duration.ofMillis(201));
    assertThat(batch).isCompletedWithValue(true);
    assertThat(small).isNotDone();
    time.runFor(Duration.ofMillis(100));
    assertThat(small).isCompletedWithValue(true);
  }

  @Test
  void whoever_waits_for_longer_than_it_can_is_refused_and_took_no_place() {
    Turnstile turnstile = unlimited(this, 1);
    assertThat(turnstile.enter(Use.WRITE, 1, 0)).isSameAs(Turnstile.ENTERED);
    CompletableFuture<Boolean> late = turnstile.enter(Use.WRITE, 1, 200 * MILLI);
    time.runFor(Duration.ofMillis(199));
    assertThat(late).isNotDone();
    time.runFor(Duration.ofMillis(1));
    assertThat(late).isCompletedWithValue(false);
    turnstile.leave(Use.WRITE, 1);
    assertThat(turnstile.load()).isZero();
    assertThat(turnstile.enter(Use.READ, 1, 0)).isSameAs(Turnstile.ENTERED);
  }

  @Test
  void a_line_is_bounded_and_each_use_has_its_own() {
    Turnstile turnstile = unlimited(this, 1);
    assertThat(turnstile.enter(Use.READ, 1, 0)).isSameAs(Turnstile.ENTERED);
    for (int i = 0; i < Turnstile.WAITING_FOR_EACH_PLACE; i++) {
      assertThat(turnstile.enter(Use.READ, 1, MILLI)).isNotDone();
    }
    assertThat(turnstile.room(0, Use.READ)).isEqualTo(Room.NONE);
    assertThat(turnstile.enter(Use.READ, 1, MILLI)).isCompletedWithValue(false);
    assertThat(turnstile.room(0, Use.VOTE)).isEqualTo(Room.LATER);
    assertThat(turnstile.enter(Use.VOTE, 1, MILLI)).isNotDone();
  }

  @Test
  void who_waits_is_told_at_once_that_nothing_may_go_for_now() {
    Turnstile turnstile = unlimited(this, 1);
    assertThat(turnstile.enter(Use.READ, 1, 0)).isSameAs(Turnstile.ENTERED);
    CompletableFuture<Boolean> vote = turnstile.enter(Use.VOTE, 1, 1000 * MILLI);
    turnstile.turnAway();
    time.runFor(Duration.ofMillis(1));
    assertThat(vote).isCompletedWithValue(false);
    assertThat(turnstile.load()).isEqualTo(1);
  }

  /** 500 at once where 64 find a place: all of them are answered, by 64 at a time. */
  @Test
  void critical_reads_wait_for_a_place_in_place_of_failing() {
    Rig rig = Rig.of("a");
    rig.at("a").script = request -> ScriptedTransport.result(ScriptedTransport.BLOCK);
    List<CompletableFuture<? extends QuorumResult<?>>> reads = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      reads.add(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
    }
    for (CompletableFuture<? extends QuorumResult<?>> read : reads) {
      assertThat(rig.await(read)).isInstanceOf(QuorumResult.Agreed.class);
    }
    assertThat(rig.at("a").mostOpen).isEqualTo(64);
    assertThat(rig.at("a").count("eth_getBlockByNumber")).isEqualTo(500);
  }

  @Test
  void a_broadcast_waits_for_a_place_in_place_of_coming_back_unsent() {
    Rig rig = Rig.of("a");
    rig.at("a").script =
        request ->
            request.method().equals("eth_sendRawTransaction")
                ? ScriptedTransport.error(-32000, "already known")
                : ScriptedTransport.result(ScriptedTransport.BLOCK);
    List<CompletableFuture<?>> votes = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      votes.add(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
    }
    List<CompletableFuture<BroadcastEvidence>> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sent.add(rig.pool().broadcast(Rig.transaction(i), BroadcastOptions.DEFAULT));
    }
    for (CompletableFuture<BroadcastEvidence> one : sent) {
      assertThat(rig.await(one).outcome()).isNotEqualTo(Outcome.NOT_SENT);
    }
    assertThat(rig.at("a").count("eth_sendRawTransaction")).isEqualTo(200);
    assertThat(rig.at("a").mostOpen).isEqualTo(64);
    votes.forEach(rig::await);
  }

  /** An engine that cannot look at the chain would send all of them again. */
  @Test
  void a_flood_of_broadcasts_leaves_the_chain_in_sight() {
    Rig rig = Rig.of("a");
    rig.at("a").script =
        request ->
            request.method().equals("eth_sendRawTransaction")
                ? ScriptedTransport.error(-32000, "already known")
                : ScriptedTransport.result(ScriptedTransport.BLOCK);
    rig.await(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
    rig.at("a").delay = Duration.ofSeconds(1);
    List<CompletableFuture<BroadcastEvidence>> sent = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      sent.add(rig.pool().broadcast(Rig.transaction(i), BroadcastOptions.DEFAULT));
    }
    long start = rig.time.ticker().nanos();
    assertThat(rig.await(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT)))
        .isInstanceOf(QuorumResult.Agreed.class);
    assertThat(Duration.ofNanos(rig.time.ticker().nanos() - start))
        .isLessThanOrEqualTo(Duration.ofMillis(2_100));
    assertThat(sent).anyMatch(one -> !one.isDone());
    sent.forEach(rig::await);
  }

  /** A hung endpoint is full for ever; whoever waits for it must be gone by the printed bound. */
  @Test
  void what_waits_at_a_hung_endpoint_ends_by_the_printed_bound() {
    Rig rig = Rig.of("a");
    rig.at("a").script = request -> ScriptedTransport.silence();
    Bounds bounds = rig.pool().bounds();
    long start = rig.time.ticker().nanos();
    List<CompletableFuture<? extends QuorumResult<?>>> reads = new ArrayList<>();
    List<CompletableFuture<BroadcastEvidence>> sent = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      reads.add(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
      sent.add(rig.pool().broadcast(Rig.transaction(i), BroadcastOptions.DEFAULT));
    }
    reads.forEach(read -> assertThat(rig.await(read)).isInstanceOf(QuorumResult.Unavailable.class));
    assertThat(Duration.ofNanos(rig.time.ticker().nanos() - start))
        .isLessThanOrEqualTo(bounds.worstCase().get(Bounds.Kind.CRITICAL));
    sent.forEach(rig::await);
    assertThat(Duration.ofNanos(rig.time.ticker().nanos() - start))
        .isLessThanOrEqualTo(bounds.worstCase().get(Bounds.Kind.BROADCAST));
    assertThat(rig.at("a").mostOpen).isLessThanOrEqualTo(64);
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(rig.health("a").inFlight()).isZero();
  }

  @Test
  void a_read_leaves_a_full_endpoint_for_another_one_without_an_attempt_or_a_retry() {
    Rig rig = new Rig();
    rig.policy(RoutingPolicy.builder().bulkhead(1).attempts(1).retryPercent(0).build());
    rig.endpoint("a", "a");
    rig.endpoint("b", "b");
    for (String name : List.of("a", "b")) {
      rig.at(name).script = request -> ScriptedTransport.text("0x5");
    }
    rig.await(rig.pool().call(read(0), CallOptions.DEFAULT));
    rig.at("a").delay = Duration.ofSeconds(1);
    rig.at("b").delay = Duration.ofMillis(300);
    List<CompletableFuture<RpcOutcome<String>>> calls = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      calls.add(rig.pool().call(read(i), CallOptions.DEFAULT));
    }
    for (CompletableFuture<RpcOutcome<String>> call : calls) {
      assertThat(rig.await(call)).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
  }

  private static RpcRequest<String> read(int block) {
    return new RpcRequest<>("eth_call", List.of("0x" + block), String::valueOf);
  }
}
