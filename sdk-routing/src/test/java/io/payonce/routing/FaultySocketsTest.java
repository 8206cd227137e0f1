package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Wei;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pool with its own HTTP client and threads, before servers that do what networks do. */
final class FaultySocketsTest {
  private static final String SEND = "eth_sendRawTransaction";

  /** Where somebody answers: nobody waits for it, and a busy machine must not change an answer. */
  private static final Duration LONG = Duration.ofSeconds(10);

  /** Where nobody answers, so that all of it is waited for, many times. */
  private static final Duration SHORT = Duration.ofMillis(400);

  private final List<FaultProxy> servers = new ArrayList<>();
  private RpcPool pool;

  private static HttpReply answer(ProxiedRequest request) {
    List<String> elements = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      ScriptedTransport.Says says =
          switch (call.method()) {
            case "eth_chainId" -> ScriptedTransport.text("0x1");
            case "eth_getBlockByNumber" -> ScriptedTransport.result(ScriptedTransport.BLOCK);
            case SEND -> ScriptedTransport.text(Rig.transaction(1).hash().value());
            default -> ScriptedTransport.text("0x5");
          };
      elements.add(ScriptedTransport.element(call.id(), says));
    }
    return HttpReply.json(request.batch() ? ScriptedTransport.array(elements) : elements.get(0));
  }

  private void open(int endpoints, Duration patience) {
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .policy(
                RoutingPolicy.builder()
                    .quickDeadline(patience)
                    .readDeadline(patience)
                    .criticalDeadline(patience.multipliedBy(2))
                    .broadcastDeadline(patience.multipliedBy(2))
                    .build());
    for (int i = 0; i < endpoints; i++) {
      FaultProxy server =
          FaultProxy.scripted(FaultySocketsTest::answer).delay(Duration.ofMillis(100)).start();
      servers.add(server);
      builder.endpoint(Endpoint.of("e" + i, "op" + i, server.url().toString()));
    }
    pool = builder.build();
  }

  @AfterEach
  void close() {
    pool.close();
    servers.forEach(FaultProxy::close);
  }

  /** The first calls of a process load classes, and may well take longer than their deadline. */
  private void warmUp() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!pool.health().stream().allMatch(EndpointHealth::verified) && System.nanoTime() < end) {
      pool.criticalRead(new Fact.BlockRefAt(100), CallOptions.within(LONG)).join();
    }
    assertThat(pool.health()).allMatch(EndpointHealth::verified);
  }

  private RpcOutcome<Wei> call() {
    return pool.call(Requests.gasPrice(), CallOptions.DEFAULT).join();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void one_faulty_endpoint_of_three_changes_no_answer(Fault fault) {
    open(3, LONG);
    warmUp();
    servers.get(1).policy(FaultPolicy.always(fault));
    for (int i = 0; i < 10; i++) {
      assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    }
    QuorumResult<?> agreed =
        pool.criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT).join();
    assertThat(agreed).isInstanceOf(QuorumResult.Agreed.class);
    BroadcastEvidence sent = pool.broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE).join();
    assertThat(sent.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(servers.get(1).requests()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void everything_ends_by_its_printed_bound_when_all_are_faulty(Fault fault) throws Exception {
    open(2, SHORT);
    warmUp();
    servers.forEach(server -> server.policy(FaultPolicy.always(fault)));
    // Timers are the JDK's, and a busy machine is late: counts decide here, virtual time elsewhere.
    long patience = 50 * pool.bounds().worstCase().get(Bounds.Kind.BROADCAST).toMillis();
    for (int i = 0; i < 3; i++) {
      pool.call(Requests.gasPrice(), CallOptions.DEFAULT).get(patience, TimeUnit.MILLISECONDS);
      pool.criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT)
          .get(patience, TimeUnit.MILLISECONDS);
    }
    BroadcastEvidence sent =
        pool.broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE)
            .get(patience, TimeUnit.MILLISECONDS);
    for (FaultProxy server : servers) {
      long seen = server.log().stream().filter(s -> s.request().calls(SEND)).count();
      assertThat(seen).isLessThanOrEqualTo(1);
    }
    assertThat(sent.answers())
        .allMatch(
            answer ->
                answer.verdict() != BroadcastEvidence.Verdict.REJECTED
                    || fault == Fault.REFUSED_ELEMENT);
  }

  /** Every kind of work, before three servers that each have another fault in each round. */
  @Test
  void everything_ends_by_its_printed_bound_under_a_mix_of_faults(TestReporter report)
      throws Exception {
    open(3, Duration.ofSeconds(1));
    warmUp();
    long seed = 11;
    Random random = new Random(seed);
    Map<Bounds.Kind, Duration> bounds = pool.bounds().worstCase();
    double worst = 0;
    int late = 0;
    int all = 0;
    for (int round = 0; round < 12; round++) {
      for (FaultProxy server : servers) {
        Fault fault = List.of(Fault.values()).get(random.nextInt(Fault.values().length));
        server.policy(random.nextInt(4) == 0 ? FaultPolicy.none() : FaultPolicy.always(fault));
      }
      List<Timed> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        running.add(timed(Bounds.Kind.QUICK, pool.call(Requests.gasPrice(), CallOptions.DEFAULT)));
        running.add(
            timed(
                Bounds.Kind.CRITICAL,
                pool.criticalRead(new Fact.BlockRefAt(100 + i), CallOptions.DEFAULT)));
        running.add(
            timed(
                Bounds.Kind.BROADCAST,
                pool.broadcast(Rig.transaction(4L * round + i), BroadcastOptions.EVERYONE)));
      }
      for (Timed one : running) {
        // Timers are the JDK's, and a busy machine is late: it has to end, and mostly in time, with
        // as much again for the machine. Virtual time shows the bound itself.
        long took = one.nanos().get(60, TimeUnit.SECONDS);
        double share = (double) took / (2 * bounds.get(one.kind()).toNanos());
        worst = Math.max(worst, share);
        late += share > 1 ? 1 : 0;
        all++;
      }
    }
    report.publishEntry(
        "seed "
            + seed
            + ": worst share of twice the bound "
            + worst
            + ", late "
            + late
            + " of "
            + all);
    assertThat(late)
        .as("seed %d: worst share of twice the bound %f", seed, worst)
        .isLessThan(all / 4);
  }

  /** How long something took, when it is over. */
  private record Timed(Bounds.Kind kind, CompletableFuture<Long> nanos) {}

  private static Timed timed(Bounds.Kind kind, CompletableFuture<?> work) {
    long start = System.nanoTime();
    return new Timed(kind, work.thenApply(done -> System.nanoTime() - start));
  }

  @Test
  void a_half_open_connection_costs_one_answer_and_no_second_send() {
    open(2, LONG);
    warmUp();
    servers.forEach(FaultProxy::cutConnections);
    BroadcastEvidence sent = pool.broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE).join();
    assertThat(sent.answers()).hasSize(2);
    for (FaultProxy server : servers) {
      assertThat(server.log().stream().filter(s -> s.request().calls(SEND)).count())
          .isLessThanOrEqualTo(1);
    }
  }
}
