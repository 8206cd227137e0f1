package io.payonce.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.TransferId;
import io.payonce.store.Lease;
import io.payonce.store.Outbox;
import io.payonce.store.SinkBacklog;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.testing.JournalScript;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.VirtualTime;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OutboxRelayTest {
  private static final String SINK = "ledger";
  private final VirtualTime time = new VirtualTime();
  private final MemoryTransferStore journal = new MemoryTransferStore(time.clock());
  private final JournalScript lane = JournalScript.on(journal);
  private final Outbox outbox = journal.outbox();
  private final Ledger ledger = new Ledger();
  private final List<String> trouble = new ArrayList<>();

  /** Writes down what comes, and takes what it was not told to leave. */
  private final class Ledger implements EventSink {
    private final List<String> came = new ArrayList<>();
    private final List<Instant> when = new ArrayList<>();
    private final List<PaymentEvent> events = new ArrayList<>();
    private final Set<String> refused = new HashSet<>();
    private boolean silent;

    @Override
    public CompletableFuture<Void> deliver(PaymentEvent event) {
      String key = event.status().key().value();
      came.add(key + " " + event.state());
      when.add(time.now());
      events.add(event);
      if (silent) {
        return new CompletableFuture<>();
      }
      return refused.contains(key)
          ? CompletableFuture.failedFuture(new IllegalStateException("queue is full"))
          : CompletableFuture.completedFuture(null);
    }
  }

  private OutboxRelay start(String instance, VirtualTime.Process process) {
    return OutboxRelay.builder(journal, SINK, ledger)
        .instance(instance)
        .ticker(process.ticker())
        .scheduler(process.scheduler())
        .trouble(trouble::add)
        .start();
  }

  private OutboxRelay start() {
    return start("one", time.newProcess(Duration.ZERO));
  }

  @Test
  void each_transition_comes_in_its_order_with_the_payment_as_it_stands() {
    start();
    lane.paid("a");
    time.runFor(Duration.ofSeconds(1));
    assertThat(ledger.came)
        .containsExactly(
            "a ACCEPTED", "a READY", "a BOUND", "a IN_FLIGHT", "a INCLUDED", "a PAID_FINAL");
    assertThat(ledger.events).extracting(PaymentEvent::at).containsOnly(JournalScript.AT);
    assertThat(ledger.events.get(0).status().state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(ledger.events.get(5).status().verdict().paid()).isTrue();
    assertThat(ledger.events).extracting(PaymentEvent::id).doesNotHaveDuplicates();
    assertThat(outbox.sinks().get(0).waiting()).isZero();
    assertThat(trouble).isEmpty();
  }

  @Test
  void an_event_that_is_not_taken_comes_again_and_holds_its_own_payment_alone() {
    start();
    ledger.refused.add("a");
    lane.ready("a");
    Instant begin = time.now();
    time.runFor(Duration.ofMillis(500));
    lane.ready("b");
    time.runFor(Duration.ofMillis(7_500)); // tried again after 1, 2 and 4 s
    assertThat(ledger.came)
        .containsExactly(
            "a ACCEPTED", "b ACCEPTED", "b READY", "a ACCEPTED", "a ACCEPTED", "a ACCEPTED");
    assertThat(ledger.when.get(5)).isBetween(begin.plusSeconds(7), begin.plusSeconds(8));
    assertThat(trouble).hasSize(3).allMatch(what -> what.contains("queue is full"));
    ledger.refused.clear();
    time.runFor(Duration.ofSeconds(9));
    assertThat(ledger.came).endsWith("a ACCEPTED", "a READY");
    assertThat(outbox.sinks()).extracting(SinkBacklog::waiting).containsExactly(0L);
  }

  @Test
  void an_event_without_an_answer_comes_once_more_under_the_same_id() {
    ledger.silent = true;
    start();
    lane.accept("a");
    time.runFor(Duration.ofSeconds(30));
    assertThat(ledger.came).hasSize(1);
    ledger.silent = false;
    time.runFor(Duration.ofSeconds(3));
    assertThat(ledger.came).containsExactly("a ACCEPTED", "a ACCEPTED");
    assertThat(ledger.events.get(0).id()).isEqualTo(ledger.events.get(1).id());
    assertThat(trouble).singleElement().asString().contains("no answer in PT30S");
  }

  @Test
  void a_sink_that_throws_has_not_taken_the_event() {
    OutboxRelay.builder(
            journal,
            SINK,
            event -> {
              throw new IllegalArgumentException("no such queue");
            })
        .ticker(time.ticker())
        .scheduler(time.scheduler())
        .trouble(trouble::add)
        .start();
    lane.accept("a");
    time.runFor(Duration.ofSeconds(2));
    assertThat(trouble).isNotEmpty().allMatch(what -> what.contains("no such queue"));
    assertThat(outbox.sinks().get(0).waiting()).isEqualTo(1);
  }

  @Test
  void an_error_of_the_host_does_not_end_the_relay() {
    List<String> taken = new ArrayList<>();
    OutboxRelay.builder(
            journal,
            SINK,
            event -> {
              if (trouble.size() < 2) {
                throw new NoClassDefFoundError("com/host/Queue");
              }
              taken.add(event.state().name());
              return CompletableFuture.completedFuture(null);
            })
        .ticker(time.ticker())
        .scheduler(time.scheduler())
        .trouble(
            what -> {
              trouble.add(what);
              throw new NoClassDefFoundError("com/host/Alarm");
            })
        .start();
    lane.accept("a");
    time.runFor(Duration.ofSeconds(10));
    assertThat(taken).containsExactly("ACCEPTED");
    assertThat(outbox.sinks().get(0).waiting()).isZero();
  }

  @Test
  void another_instance_delivers_when_the_first_is_dead() {
    VirtualTime.Process first = time.newProcess(Duration.ZERO);
    start("first", first);
    time.runFor(Duration.ofSeconds(1));
    start("second", time.newProcess(Duration.ZERO));
    lane.accept("a");
    time.runFor(Duration.ofSeconds(1));
    assertThat(ledger.came).containsExactly("a ACCEPTED");
    first.kill();
    lane.accept("b");
    time.runFor(Duration.ofSeconds(5));
    assertThat(ledger.came).hasSize(1);
    time.runFor(Duration.ofSeconds(10));
    assertThat(ledger.came).containsExactly("a ACCEPTED", "b ACCEPTED");
  }

  @Test
  void a_closed_relay_leaves_its_place_at_once_and_sends_nothing_more() {
    OutboxRelay first = start();
    time.runFor(Duration.ofSeconds(1));
    first.close();
    first.close();
    time.runFor(Duration.ofSeconds(1));
    lane.accept("a");
    time.runFor(Duration.ofSeconds(10));
    assertThat(ledger.came).isEmpty();
    start("second", time.newProcess(Duration.ZERO));
    time.runFor(Duration.ofSeconds(1));
    assertThat(ledger.came).containsExactly("a ACCEPTED");
  }

  @Test
  void what_happened_while_nobody_delivered_comes_later() {
    outbox.addSink(SINK);
    lane.ready("a");
    lane.ready("b");
    start();
    time.runFor(Duration.ofSeconds(1));
    assertThat(ledger.came).containsExactly("a ACCEPTED", "b ACCEPTED", "a READY", "b READY");
  }

  @Test
  void a_sink_is_given_so_many_events_at_a_time() {
    ledger.silent = true;
    OutboxRelay.builder(journal, SINK, ledger)
        .settings(RelaySettings.defaults().withMaxInFlight(3))
        .ticker(time.ticker())
        .scheduler(time.scheduler())
        .start();
    for (int i = 0; i < 10; i++) {
      lane.accept("key-" + i);
    }
    time.runFor(Duration.ofSeconds(10));
    assertThat(ledger.came).hasSize(3);
  }

  @Test
  void a_sink_that_takes_nothing_is_left_alone_for_a_minute() {
    outbox.addSink(SINK);
    for (int i = 0; i < 1_200; i++) {
      String key = "key-" + i;
      lane.accept(key);
      ledger.refused.add(key);
    }
    start();
    time.runFor(Duration.ofSeconds(1));
    time.runUntil(
        () -> trouble.stream().anyMatch(what -> what.contains("PT1M")), Duration.ofMinutes(5));
    ledger.refused.clear();
    int before = ledger.came.size();
    time.runFor(Duration.ofSeconds(58));
    assertThat(ledger.came).hasSize(before);
    time.runFor(Duration.ofSeconds(2));
    assertThat(outbox.sinks().get(0).waiting()).isZero();
    assertThat(ledger.came).hasSize(before + 1_200);
  }

  @Test
  void the_thread_of_a_relay_ends_with_it() throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    OutboxRelay relay =
        OutboxRelay.builder(
                journal,
                SINK,
                event -> {
                  thread.complete(Thread.currentThread());
                  return CompletableFuture.completedFuture(null);
                })
            .start();
    lane.accept("a");
    relay.wake();
    Thread own = thread.get(30, TimeUnit.SECONDS);
    assertThat(own.getName()).isEqualTo("payonce-relay-ledger");
    relay.close();
    own.join(30_000);
    assertThat(own.isAlive()).isFalse();
    relay.wake();
  }

  @Test
  void a_payment_that_cannot_be_read_holds_up_itself_alone() {
    Set<TransferId> broken = new HashSet<>();
    OutboxRelay.builder(withoutTheRowsOf(broken), SINK, ledger)
        .ticker(time.ticker())
        .scheduler(time.scheduler())
        .trouble(trouble::add)
        .start();
    broken.add(lane.ready("a"));
    lane.ready("b");
    time.runFor(Duration.ofSeconds(2));
    assertThat(ledger.came).containsExactly("b ACCEPTED", "b READY");
    assertThat(trouble).isNotEmpty().allMatch(what -> what.contains("row is damaged"));
  }

  private TransferStore withoutTheRowsOf(Set<TransferId> broken) {
    return (TransferStore)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {TransferStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("find") && broken.contains(arguments[0])) {
                throw new IllegalStateException("row is damaged");
              }
              return method.invoke(journal, arguments);
            });
  }

  @Test
  void a_relay_whose_thread_was_taken_away_still_gives_its_place_back() throws Exception {
    ScheduledExecutorService hosts = Executors.newSingleThreadScheduledExecutor();
    CompletableFuture<PaymentEvent> came = new CompletableFuture<>();
    OutboxRelay relay =
        OutboxRelay.builder(
                journal,
                SINK,
                event -> {
                  came.complete(event);
                  return CompletableFuture.completedFuture(null);
                })
            .scheduler(hosts)
            .start();
    lane.accept("a");
    relay.wake();
    came.get(30, TimeUnit.SECONDS);
    hosts.shutdownNow();
    assertThat(hosts.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    relay.wake();
    Lease second = new Lease("second", Duration.ofSeconds(10));
    assertThat(outbox.leaseSink(SINK, second)).isFalse();
    relay.close();
    assertThat(outbox.leaseSink(SINK, second)).isTrue();
  }

  @Test
  void settings_out_of_range_are_refused_by_name() {
    assertThatThrownBy(() -> RelaySettings.defaults().withMaxInFlight(0))
        .hasMessage("maxInFlight 0 must be 1 to 1000");
    assertThatThrownBy(() -> RelaySettings.defaults().withPollInterval(Duration.ofMillis(9)))
        .hasMessageContaining("pollInterval PT0.009S must be");
    assertThatThrownBy(() -> RelaySettings.defaults().withDeliveryTimeout(Duration.ofMinutes(11)))
        .hasMessageContaining("deliveryTimeout PT11M must be");
    assertThatThrownBy(() -> OutboxRelay.builder(journal, "no name", ledger))
        .hasMessageContaining("sink 'no name'");
    assertThat(journal.find(IdempotencyKey.of("a"))).isEmpty();
  }
}
