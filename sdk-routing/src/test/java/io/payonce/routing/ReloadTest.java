package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockRef;
import io.payonce.Wei;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Endpoints that change while the pool works. */
final class ReloadTest {
  private static final String TRUTH = "{\"number\":\"0x5\",\"hash\":\"0x" + "11".repeat(32) + "\"}";

  private final List<String> news = new ArrayList<>();
  private final Rig rig =
      Rig.of("a", "b", "c")
          .listener(
              new RoutingListener() {
                @Override
                public void votersProposed(Set<Operator> now, Set<Operator> next) {
                  news.add(now + " to be " + next);
                }

                @Override
                public void votersChanged(Set<Operator> before, Set<Operator> now) {
                  news.add(before + " are " + now);
                }
              });

  private static Endpoint endpoint(String name) {
    return Endpoint.of(name, name, "https://" + name + ".example/");
  }

  private void prepare(String... names) {
    for (String name : names) {
      rig.transports.putIfAbsent(name, new ScriptedTransport(rig.time));
      rig.at(name).script =
          request -> request.method().equals("eth_getBlockByNumber") ? result(TRUTH) : text("0x5");
    }
  }

  private ReloadReport reload(String... names) {
    prepare(names);
    List<Endpoint> endpoints = new ArrayList<>();
    for (String name : names) {
      endpoints.add(endpoint(name));
    }
    return rig.pool().reload(endpoints);
  }

  private RpcOutcome<Wei> call() {
    return rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private QuorumResult<BlockRef> vote() {
    return rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(5), CallOptions.DEFAULT));
  }

  @Test
  void what_stays_keeps_its_state_and_what_is_new_is_unverified() {
    prepare("a", "b", "c");
    for (int i = 0; i < 20; i++) {
      call();
      vote();
    }
    rig.pool();
    ReloadReport report = reload("a", "b", "d");
    assertThat(report.kept()).containsExactly("a", "b");
    assertThat(report.added()).containsExactly("d");
    assertThat(report.removed()).containsExactly("c");
    assertThat(rig.health("a").verified()).isTrue();
    assertThat(rig.health("a").latency()).isPositive();
    assertThat(rig.health("d").verified()).isFalse();
    rig.at("c").forget();
    for (int i = 0; i < 50; i++) {
      assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("c").received).isEmpty();
    assertThat(rig.at("d").count("eth_gasPrice")).isPositive();
  }

  @Test
  void what_is_under_way_at_a_removed_endpoint_ends_before_it_is_closed() {
    prepare("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.delay = Duration.ofMillis(900));
    call();
    List<CompletableFuture<RpcOutcome<Wei>>> running = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      running.add(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    }
    reload("d", "e");
    assertThat(rig.at("a").closed).isFalse();
    running.forEach(call -> assertThat(rig.await(call)).isInstanceOf(RpcOutcome.Ok.class));
    rig.time.runFor(Duration.ofSeconds(11));
    assertThat(List.of(rig.at("a"), rig.at("b"), rig.at("c"))).allMatch(t -> t.closed);
    assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
  }

  @Test
  void what_waits_for_the_proof_of_a_chain_at_a_reload_ends_as_it_began() {
    prepare("a", "b", "c");
    CompletableFuture<QuorumResult<BlockRef>> counted =
        rig.pool().criticalRead(new Fact.BlockRefAt(5), CallOptions.DEFAULT);
    CompletableFuture<BroadcastEvidence> sent =
        rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT);
    CompletableFuture<RpcOutcome<Wei>> read =
        rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT);
    rig.transports.values().forEach(transport -> transport.forget());
    reload("d", "e");
    assertThat(rig.await(counted)).isInstanceOf(QuorumResult.Agreed.class);
    assertThat(rig.await(sent).answers())
        .isNotEmpty()
        .noneMatch(answer -> answer.verdict() == Verdict.NOT_SENT);
    assertThat(rig.await(read)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(rig.at("d").count("eth_sendRawTransaction")).isZero();
  }

  @Test
  void a_changed_key_is_another_endpoint() {
    prepare("a", "b", "c");
    call();
    ReloadReport report =
        rig.pool()
            .reload(
                List.of(
                    Endpoint.of("a", "a", "https://a.example/other-key-123456"),
                    endpoint("b"),
                    endpoint("c")));
    assertThat(report.added()).containsExactly("a");
    assertThat(report.removed()).containsExactly("a");
    assertThat(report.nextVoters()).isEqualTo(report.voters());
    assertThat(news).isEmpty();
  }

  @Test
  void neither_another_key_nor_an_absence_takes_a_proven_lie_off_an_operator() {
    prepare("a", "b", "c");
    rig.at("a").script = request -> text(Rig.transaction(2).hash().value());
    rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    String lie = rig.health("a").reason();
    prepare("a");
    Endpoint otherKey = Endpoint.of("a", "a", "https://a.example/other-key-123456");
    rig.pool().reload(List.of(otherKey, endpoint("b"), endpoint("c")));
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    assertThat(rig.health("a").reason()).isEqualTo(lie).isNotEmpty();
    rig.pool().reload(List.of(endpoint("b"), endpoint("c")));
    rig.pool().reload(List.of(otherKey, endpoint("b"), endpoint("c")));
    assertThat(rig.health("a").reason()).as("removed and added again").isEqualTo(lie);
    rig.pool()
        .reload(
            List.of(
                Endpoint.of("a", "other", "https://other.example/"), endpoint("b"), endpoint("c")));
    assertThat(rig.health("a").state()).isEqualTo(EndpointHealth.State.UP);
  }

  @Test
  void a_list_that_no_pool_would_take_changes_nothing() {
    prepare("a", "b", "c");
    call();
    assertThatThrownBy(() -> rig.pool().reload(List.of(endpoint("a"), endpoint("a"))))
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("unique");
    assertThat(rig.pool().health()).hasSize(3);
    assertThat(vote()).isInstanceOf(QuorumResult.Agreed.class);
  }

  @Test
  void other_voters_are_in_force_after_ten_minutes_and_those_before_until_then() {
    prepare("a", "b", "c");
    vote();
    ReloadReport report = reload("a", "d", "e");
    assertThat(report.voters()).containsExactly(op("a"), op("b"), op("c"));
    assertThat(report.nextVoters()).containsExactly(op("a"), op("d"), op("e"));
    // One of three voters is left, and the new ones have no vote yet.
    assertThat(vote()).isInstanceOf(QuorumResult.Unavailable.class);
    assertThat(rig.pool().bounds().operators()).isEqualTo(3);
    rig.time.runFor(RpcPool.VOTER_CHANGE_DELAY.minusSeconds(1));
    assertThat(vote()).isInstanceOf(QuorumResult.Unavailable.class);
    rig.time.runFor(Duration.ofSeconds(10));
    QuorumResult<BlockRef> agreed = vote();
    assertThat(agreed).isInstanceOf(QuorumResult.Agreed.class);
    assertThat(news).containsExactly("[a, b, c] to be [a, d, e]", "[a, b, c] are [a, d, e]");
  }

  @Test
  void a_person_may_accept_other_voters_at_once() {
    prepare("a", "b", "c");
    vote();
    reload("d", "e", "f");
    assertThat(rig.pool().acceptVoters("ann")).isTrue();
    assertThat(rig.pool().acceptVoters("ann")).isFalse();
    assertThat(vote()).isInstanceOf(QuorumResult.Agreed.class);
    rig.time.runFor(Duration.ofMinutes(20));
    assertThat(news).hasSize(2);
  }

  @Test
  void fewer_voters_do_not_lower_the_quorum_unnoticed() {
    prepare("a", "b", "c", "d", "e");
    reload("a", "b", "c", "d", "e");
    rig.pool().acceptVoters("ann");
    assertThat(rig.pool().bounds().quorum()).isEqualTo(3);
    reload("a", "b");
    assertThat(rig.pool().bounds().quorum()).isEqualTo(3);
    assertThat(vote()).isInstanceOf(QuorumResult.Unavailable.class);
    reload("a", "b", "c", "d", "e");
    assertThat(vote()).isInstanceOf(QuorumResult.Agreed.class);
    rig.time.runFor(Duration.ofMinutes(30));
    assertThat(rig.pool().bounds().operators()).isEqualTo(5);
  }

  @Test
  void a_broadcast_under_way_ends_as_it_began() {
    prepare("a", "b", "c");
    vote();
    rig.transports.values().forEach(transport -> transport.script = request -> silence());
    var sent = rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT);
    reload("d", "e");
    assertThat(rig.await(sent).answers()).isNotEmpty().noneMatch(x -> x.endpoint().equals("d"));
  }

  private List<Endpoint> abc() {
    return List.of(endpoint("a"), endpoint("b"), endpoint("c"));
  }

  @Test
  void other_settings_are_in_force_at_once_and_what_was_learned_stays() {
    prepare("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.script = request -> silence());
    Instant start = rig.time.now();
    CompletableFuture<RpcOutcome<Wei>> running =
        rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT);
    RoutingPolicy quick =
        RoutingPolicy.builder()
            .quickDeadline(Duration.ofMillis(500))
            .failuresUntilDown(50)
            .bulkhead(10)
            .build();
    ReloadReport report = rig.pool().reload(abc(), quick);
    assertThat(report.kept()).containsExactly("a", "b", "c");
    assertThat(rig.await(running)).isInstanceOf(RpcOutcome.Failed.class);
    // What was promised to the running one stays true.
    assertThat(Duration.between(start, rig.time.now())).isEqualTo(Duration.ofSeconds(2));
    start = rig.time.now();
    call();
    assertThat(Duration.between(start, rig.time.now())).isLessThanOrEqualTo(Duration.ofMillis(500));
    assertThat(rig.pool().bounds().worstCase().get(Bounds.Kind.QUICK))
        .isEqualTo(Duration.ofMillis(550));
    rig.transports.values().forEach(ScriptedTransport::forget);
    List<CompletableFuture<RpcOutcome<Long>>> many = new ArrayList<>();
    rig.transports.values().forEach(transport -> transport.mostOpen = 0);
    for (int i = 0; i < 200; i++) {
      many.add(
          rig.pool()
              .call(
                  Requests.nonce(io.payonce.Address.ZERO, "latest"),
                  CallOptions.within(Duration.ofSeconds(1))));
    }
    many.forEach(rig::await);
    assertThat(rig.transports.values()).allMatch(transport -> transport.mostOpen <= 10);
  }

  @Test
  void bad_settings_change_neither_settings_nor_endpoints() {
    prepare("a", "b", "c");
    vote();
    RoutingPolicy bad = RoutingPolicy.builder().attempts(9).bodyCap(1 << 20).build();
    assertThatThrownBy(() -> rig.pool().reload(List.of(endpoint("a"), endpoint("b")), bad))
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("policy.attempts = 9: must be 1 to 8")
        .hasMessageContaining("policy.bodyCap = 1048576: must be as before");
    RoutingPolicy other = RoutingPolicy.builder().mandatory(op("a")).build();
    assertThatThrownBy(() -> rig.pool().reload(abc(), other))
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("policy.mandatory");
    assertThat(rig.pool().health()).hasSize(3);
    assertThat(vote()).isInstanceOf(QuorumResult.Agreed.class);
  }

  @Test
  void a_lower_quorum_of_other_settings_waits_as_other_voters_do() {
    prepare("a", "b", "c");
    rig.pool().reload(abc(), RoutingPolicy.builder().quorum(3).build());
    assertThat(rig.pool().acceptVoters("ann")).isTrue();
    assertThat(rig.pool().bounds().quorum()).isEqualTo(3);
    rig.pool().reload(abc(), RoutingPolicy.DEFAULT);
    assertThat(rig.pool().bounds().quorum()).isEqualTo(3);
    rig.time.runFor(RpcPool.VOTER_CHANGE_DELAY.plusSeconds(1));
    assertThat(rig.pool().bounds().quorum()).isEqualTo(2);
  }

  @Test
  void a_closed_pool_takes_no_endpoints() {
    prepare("a", "b", "c");
    rig.pool().close();
    assertThatThrownBy(() -> reload("a", "b")).isInstanceOf(IllegalStateException.class);
  }

  private static Operator op(String id) {
    return new Operator(id);
  }
}
