package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockRef;
import io.payonce.Wei;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a month may cost at an endpoint, and what it is spent on. */
final class CreditsTest {
  private static final String TRUTH = "{\"number\":\"0x5\",\"hash\":\"0x" + "11".repeat(32) + "\"}";

  /** Prices of its own: gas prices cost 10, all else nothing. */
  private static final CreditTable TABLE =
      new CreditTable(
          "own",
          URI.create("https://contract.example/"),
          LocalDate.of(2026, 1, 1),
          0,
          new TreeMap<>(Map.of("eth_gasPrice", 10L, "eth_getLogs", 100L)));

  private static final RpcRequest<Object> LOGS =
      new RpcRequest<>("eth_getLogs", List.of(Map.of()), json -> json);

  private final List<String> news = new ArrayList<>();
  private final Rig rig =
      new Rig()
          .listener(
              new RoutingListener() {
                @Override
                public void creditsSpent(String endpoint, CreditUse use) {
                  news.add(endpoint + " " + use.spent() + " of " + use.budget());
                }
              });

  private Rig with(String name, long budget) {
    rig.endpoint(Rig.like(name).credits(TABLE, budget).build());
    script(name);
    return rig;
  }

  private void script(String name) {
    rig.at(name).script =
        request ->
            switch (request.method()) {
              case "eth_getBlockByNumber" -> result(TRUTH);
              case "eth_getLogs" -> result("[]");
              case "eth_sendRawTransaction" -> text(Rig.transaction(1).hash().value());
              default -> text("0x5");
            };
  }

  private RpcOutcome<Wei> call() {
    return rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private long spent(String name) {
    return rig.health(name).credits().orElseThrow().spent();
  }

  @Test
  void what_is_counted_is_what_the_endpoint_received() {
    with("a", 10_000);
    for (int i = 0; i < 20; i++) {
      call();
    }
    assertThat(rig.at("a").count("eth_gasPrice")).isEqualTo(20);
    assertThat(spent("a")).isEqualTo(200);
    assertThat(rig.health("a").credits().orElseThrow().month())
        .isEqualTo(YearMonth.from(rig.time.now().atZone(ZoneOffset.UTC)));
  }

  @Test
  void what_left_before_the_count_was_closed_is_in_what_is_saved_then() throws Exception {
    List<RpcRequest<?>> one = List.of(Requests.gasPrice());
    for (int round = 0; round < 50; round++) {
      CreditMeter meter =
          new CreditMeter(
              Rig.like("a").credits(TABLE, Long.MAX_VALUE).build(),
              Rig.wiring(rig.time, new RoutingListener() {}),
              () -> {});
      AtomicLong left = new AtomicLong();
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Thread sender =
            new Thread(
                () -> {
                  while (meter.book(one)) {
                    left.addAndGet(10);
                  }
                });
        sender.start();
        senders.add(sender);
      }
      while (left.get() < 10L * round) {
        Thread.onSpinWait();
      }
      meter.close();
      long saved = meter.spent().map(RoutingState.Spent::credits).orElse(0L);
      for (Thread sender : senders) {
        sender.join();
      }
      assertThat(left).hasValue(saved);
    }
  }

  @Test
  void reads_go_elsewhere_when_four_fifths_are_spent_and_votes_and_broadcasts_go_on() {
    with("a", 1_000);
    rig.endpoint("b", "b");
    script("b");
    for (int i = 0; i < 400; i++) {
      assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("a").count("eth_gasPrice")).isEqualTo(80);
    rig.transports.values().forEach(ScriptedTransport::forget);
    QuorumResult<BlockRef> agreed =
        rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(5), CallOptions.DEFAULT));
    assertThat(agreed).isInstanceOf(QuorumResult.Agreed.class);
    rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    assertThat(rig.at("a").count("eth_getBlockByNumber")).isPositive();
    assertThat(rig.at("a").count("eth_sendRawTransaction")).isEqualTo(1);
    assertThat(news).containsExactly("a 800 of 1000");
  }

  @Test
  void bulk_reads_end_before_other_reads() {
    with("a", 1_000);
    int logs = 0;
    while (rig.await(rig.pool().call(LOGS, CallOptions.DEFAULT)) instanceof RpcOutcome.Ok) {
      logs++;
    }
    assertThat(logs).isEqualTo(7);
    for (int i = 0; i < 10; i++) {
      assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(call()).isInstanceOf(RpcOutcome.Failed.class);
  }

  @Test
  void a_read_that_nobody_has_credits_for_fails_at_once_and_says_why() {
    with("a", 100);
    with("b", 100);
    for (int i = 0; i < 16; i++) {
      call();
    }
    Instant before = rig.time.now();
    RpcOutcome<Wei> refused = call();
    assertThat(refused.toString())
        .contains("a its credits of the month are spent, b its credits of the month are spent");
    assertThat(Duration.between(before, rig.time.now())).isZero();
  }

  @Test
  void a_month_of_utc_begins_with_a_full_budget_and_a_clock_that_goes_back_changes_nothing() {
    with("a", 100);
    for (int i = 0; i < 8; i++) {
      call();
    }
    assertThat(call()).isInstanceOf(RpcOutcome.Failed.class);
    YearMonth month = YearMonth.from(rig.time.now().atZone(ZoneOffset.UTC));
    Instant next = month.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    rig.time.jumpClock(Duration.between(rig.time.clock().instant(), next).minusSeconds(2));
    assertThat(call()).isInstanceOf(RpcOutcome.Failed.class);
    rig.time.jumpClock(Duration.ofSeconds(3));
    assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(spent("a")).isEqualTo(10);
    rig.time.jumpClock(Duration.ofDays(-20));
    assertThat(call()).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(spent("a")).isEqualTo(20);
    assertThat(rig.health("a").credits().orElseThrow().month()).isEqualTo(month.plusMonths(1));
  }

  @Test
  void another_key_of_the_same_name_goes_on_where_the_first_was() {
    with("a", 1_000);
    for (int i = 0; i < 5; i++) {
      call();
    }
    Endpoint renewed =
        Endpoint.builder("a", "a", SecretUri.of("https://a.example/another-key"))
            .credits(TABLE, 2_000)
            .build();
    rig.pool().reload(List.of(renewed));
    assertThat(spent("a")).isEqualTo(50);
  }

  @Test
  void places_are_kept_for_reads_that_are_no_bulk() {
    Turnstile turnstile =
        new Turnstile(Rig.wiring(rig.time, null), Double.POSITIVE_INFINITY); // 64 places
    int bulk = 0;
    while (turnstile.enter(Use.BULK, 1, 0).join()) {
      bulk++;
    }
    int reads = 0;
    while (turnstile.enter(Use.READ, 1, 0).join()) {
      reads++;
    }
    int votes = 0;
    while (turnstile.enter(Use.VOTE, 1, 0).join()) {
      votes++;
    }
    assertThat(List.of(bulk, reads, votes)).containsExactly(40, 12, 12);
  }

  @Test
  void a_rate_is_kept_for_reads_that_are_no_bulk() {
    RateGate gate = new RateGate(100);
    gate.took(0, 0);
    gate.took(0, 60);
    assertThat(gate.allows(0, 1, Use.BULK)).isFalse();
    assertThat(gate.allows(0, 1, Use.READ)).isTrue();
    gate.took(0, 20);
    assertThat(gate.allows(0, 1, Use.READ)).isFalse();
    assertThat(gate.allows(0, 20, Use.WRITE)).isTrue();
  }

  @Test
  void prices_are_those_of_the_vendors_pages() {
    // https://www.alchemy.com/docs/reference/compute-unit-costs
    CreditTable alchemy = CreditTable.of("alchemy");
    assertThat(alchemy.price("eth_chainId")).isZero();
    assertThat(alchemy.price("eth_call")).isEqualTo(26);
    assertThat(alchemy.price("eth_getLogs")).isEqualTo(60);
    assertThat(alchemy.price("eth_sendRawTransaction")).isEqualTo(40);
    // https://docs.chainstack.com/docs/request-units
    CreditTable chainstack = CreditTable.of("chainstack");
    assertThat(chainstack.price("eth_call")).isEqualTo(1);
    assertThat(chainstack.price("debug_traceTransaction")).isEqualTo(2);
    for (CreditTable table : CreditTable.known()) {
      assertThat(table.source().getScheme()).isEqualTo("https");
      assertThat(table.checked()).isAfter(LocalDate.of(2026, 1, 1));
    }
    assertThatThrownBy(() -> CreditTable.of("nobody"))
        .hasMessageContaining("known are [alchemy, chainstack]");
  }

  @Test
  void a_budget_that_is_none_is_refused_by_name() {
    assertThatThrownBy(() -> new Rig().endpoint(Rig.like("a").credits(TABLE, 99).build()).pool())
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("endpoints[0].credits = 99");
  }
}
