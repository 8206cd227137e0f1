package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls on a thread that waits: who does the work, and what never falls to that thread. */
@Timeout(120)
final class BlockingCallTest {
  private static final CallOptions PATIENT = CallOptions.within(Duration.ofSeconds(20));

  private final List<FaultProxy> servers = new ArrayList<>();
  private RpcPool pool;

  @AfterEach
  void close() {
    pool.close();
    servers.forEach(FaultProxy::close);
  }

  /** Answers on the thread that it is given, and writes down which one that was. */
  private static final class Waiting implements RpcTransport {
    final List<Thread> carriers = new ArrayList<>();
    Supplier<Integer> status = () -> 200;

    Runnable onCarry = () -> {};

    /** In place of an answer to what a waiting thread carries. */
    Optional<TransportReply> broken = Optional.empty();

    private TransportReply answer(byte[] body) {
      JsonNode tree = ScriptedTransport.parse(new String(body, StandardCharsets.UTF_8));
      if (!tree.isArray()) {
        return ScriptedTransport.answered(status.get(), element(tree));
      }
      List<String> elements = new ArrayList<>();
      tree.forEach(call -> elements.add(element(call)));
      return ScriptedTransport.answered(status.get(), ScriptedTransport.array(elements));
    }

    private static String element(JsonNode call) {
      return said(call.path("id").asText(), call.path("method").asText());
    }

    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
      return CompletableFuture.completedFuture(answer(body));
    }

    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout, Executor waiting) {
      CompletableFuture<TransportReply> reply = new CompletableFuture<>();
      waiting.execute(
          () -> {
            carriers.add(Thread.currentThread());
            onCarry.run();
            reply.complete(broken.orElseGet(() -> answer(body)));
          });
      return reply;
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  private Waiting open(String... operators) {
    Waiting transport = new Waiting();
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN).transport(endpoint -> transport).singleOperator(true);
    for (String operator : operators) {
      builder.endpoint(Endpoint.of(operator, operator, "https://" + operator + ".example/"));
    }
    pool = builder.build();
    while (!pool.health().stream().allMatch(EndpointHealth::verified)) {
      pool.call(Requests.gasPrice(), PATIENT).join();
    }
    return transport;
  }

  private RpcOutcome<Wei> ask() {
    return pool.callBlocking(Requests.gasPrice(), PATIENT);
  }

  @Test
  void the_waiting_thread_carries_the_exchange_and_that_of_the_next_attempt() {
    Waiting transport = open("a", "b");
    assertThat(ask()).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(transport.carriers).containsExactly(Thread.currentThread());
    transport.carriers.clear();
    transport.status = () -> transport.carriers.size() == 1 ? 503 : 200;
    assertThat(ask()).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(transport.carriers)
        .hasSizeGreaterThanOrEqualTo(1)
        .containsOnly(Thread.currentThread());
  }

  @Test
  void what_others_wait_for_completes_on_another_thread() throws Exception {
    Waiting transport = open("a");
    CompletableFuture<Thread> told = new CompletableFuture<>();
    transport.status =
        () -> {
          transport.status = () -> 200;
          // Equal to the one under way, so that it shares the answer.
          Wiring.detach(
              pool.call(Requests.gasPrice(), PATIENT)
                  .thenRun(() -> told.complete(Thread.currentThread())));
          return 200;
        };
    assertThat(ask()).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(told.get(30, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
    assertThat(transport.carriers).hasSize(1);
  }

  @Test
  void an_interrupted_thread_is_told_at_once_and_carries_nothing() {
    Waiting transport = open("a");
    Thread.currentThread().interrupt();
    RpcOutcome<Wei> outcome = ask();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(transport.carriers).isEmpty();
    // The answer may have been there before anyone looked.
    assertThat(outcome)
        .satisfiesAnyOf(
            one -> assertThat(one).isEqualTo(new RpcOutcome.Failed<>(interrupted())),
            one -> assertThat(one).isInstanceOf(RpcOutcome.Ok.class));
  }

  /** Reads of their own, so that none shares what an earlier one has left running. */
  private RpcOutcome<Wei> askFor(int account) {
    Address address = Address.of(String.format("0x%040x", account));
    return pool.callBlocking(Requests.balance(address, "latest"), PATIENT);
  }

  @Test
  void what_an_interrupt_breaks_counts_against_no_endpoint() {
    Waiting transport = open("a");
    transport.broken =
        Optional.of(new TransportReply.Failed("connection lost", BytesSent.ALL, false));
    transport.onCarry = () -> Thread.currentThread().interrupt();
    for (int i = 0; i < 20; i++) {
      RpcOutcome<Wei> outcome = askFor(i);
      assertThat(Thread.interrupted()).isTrue();
      // Whoever is asked again, on another thread, may be quicker than this one's look.
      if (outcome instanceof RpcOutcome.Failed<Wei> failed) {
        assertThat(failed.failure()).isEqualTo(interrupted());
      }
      assertThat(pool.health().get(0).state()).isEqualTo(EndpointHealth.State.UP);
    }
    assertThat(transport.carriers).hasSize(20);
    transport.onCarry = () -> {};
    for (int i = 0; pool.health().get(0).state() == EndpointHealth.State.UP && i < 20; i++) {
      assertThat(askFor(100 + i)).isNotNull(); // the same without an interrupt is a fault
    }
    assertThat(pool.health().get(0).state()).isNotEqualTo(EndpointHealth.State.UP);
  }

  private static RpcFailure interrupted() {
    return RpcFailure.Cancelled.INTERRUPTED;
  }

  @Test
  void a_read_that_the_pool_does_not_make_is_refused_as_by_call() {
    open("a");
    assertThatThrownBy(
            () ->
                pool.callBlocking(
                    Requests.sendRawTransaction(Rig.transaction(1).raw()), CallOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    pool.close();
    assertThatThrownBy(this::ask)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the pool is closed");
  }

  @Test
  void a_blocked_executor_holds_nobody_past_the_deadline() {
    AtomicReference<Executor> threads = new AtomicReference<>(Runnable::run);
    pool =
        RpcPool.builder(Rig.CHAIN)
            .transport(endpoint -> new ScriptedTransport(new VirtualTime()))
            .executor(task -> threads.get().execute(task))
            .singleOperator(true)
            .endpoint(Endpoint.of("a", "a", "https://a.example/"))
            .build();
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    threads.set(held::add);
    assertThat(pool.callBlocking(Requests.gasPrice(), CallOptions.within(Duration.ofMillis(50))))
        .isInstanceOfSatisfying(
            RpcOutcome.Failed.class,
            failed ->
                assertThat(failed.failure())
                    .isInstanceOfSatisfying(
                        RpcFailure.DeadlineExceeded.class,
                        late -> assertThat(late.message()).contains("executor is blocked")));
    threads.set(Runnable::run);
    held.forEach(Runnable::run); // so that the pool's own threads end with it
  }

  private static String said(String id, String method) {
    return ScriptedTransport.element(
        id,
        method.equals("eth_getBlockByNumber")
            ? ScriptedTransport.result(ScriptedTransport.BLOCK)
            : ScriptedTransport.text("0x1"));
  }

  private static HttpReply answer(ProxiedRequest request) {
    List<String> elements = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      elements.add(said(call.id(), call.method()));
    }
    return HttpReply.json(request.batch() ? ScriptedTransport.array(elements) : elements.get(0));
  }

  /** Real servers, each of its own operator, that have shown their chain. */
  private void serve(int operators, Duration deadline) {
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .singleOperator(true)
            .policy(RoutingPolicy.builder().quickDeadline(deadline).readDeadline(deadline).build());
    for (int i = 0; i < operators; i++) {
      FaultProxy server =
          FaultProxy.scripted(BlockingCallTest::answer).delay(Duration.ofMillis(100)).start();
      servers.add(server);
      builder.endpoint(Endpoint.of("e" + i, "op" + i, server.url().toString()));
    }
    pool = builder.build();
    while (!pool.health().stream().allMatch(EndpointHealth::verified)) {
      pool.callBlocking(Requests.gasPrice(), PATIENT);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void one_faulty_endpoint_of_three_changes_no_answer(Fault fault) {
    serve(3, Duration.ofSeconds(2));
    servers.get(1).policy(FaultPolicy.always(fault));
    for (int i = 0; i < 10; i++) {
      assertThat(pool.callBlocking(Requests.gasPrice(), CallOptions.DEFAULT))
          .isInstanceOf(RpcOutcome.Ok.class);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"HUNG_REPLY", "HUNG_REQUEST", "SLOW_DRIP", "LOST_REPLY", "HUGE_REPLY", "RESET"})
  void the_thread_is_given_back_in_time_when_all_are_faulty(Fault fault) {
    serve(2, Duration.ofSeconds(1));
    servers.forEach(server -> server.policy(FaultPolicy.always(fault)));
    long start = System.nanoTime();
    RpcOutcome<Wei> outcome = pool.callBlocking(Requests.gasPrice(), CallOptions.DEFAULT);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(outcome).isInstanceOf(RpcOutcome.Failed.class);
    // The server answers never, so only the bound can have ended it; twenty times for the machine.
    assertThat(took).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void an_interrupt_ends_the_call_with_its_exchange() throws Exception {
    serve(1, Duration.ofSeconds(2));
    servers.get(0).policy(FaultPolicy.always(Fault.HUNG_REQUEST));
    long before = servers.get(0).requests();
    CompletableFuture<RpcOutcome<Wei>> got = new CompletableFuture<>();
    CountDownLatch stays = new CountDownLatch(1);
    Thread caller =
        new Thread(
            () -> {
              RpcOutcome<Wei> outcome = pool.callBlocking(Requests.gasPrice(), CallOptions.DEFAULT);
              if (Thread.currentThread().isInterrupted()) {
                stays.countDown();
              }
              got.complete(outcome);
            });
    caller.start();
    while (servers.get(0).requests() == before) {
      Thread.onSpinWait(); // the class has a time limit
    }
    caller.interrupt();
    assertThat(got.get(60, TimeUnit.SECONDS)).isEqualTo(new RpcOutcome.Failed<>(interrupted()));
    assertThat(stays.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
