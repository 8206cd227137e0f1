package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RpcPoolBuilderTest {
  private static final String KEY = "s3cretKEY0123456789";

  @Test
  void all_problems_are_named_at_once_and_no_secret_is() {
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .endpoint(Endpoint.of("Main " + KEY, "a", "https://host/" + KEY))
            .endpoint(Endpoint.of("two", "a", "ftp://host/" + KEY))
            .endpoint(Endpoint.of("two", "a", "http://host/" + KEY))
            .endpoint(Endpoint.of("three", "a", "https:// " + KEY))
            .policy(
                RoutingPolicy.builder()
                    .attempts(9)
                    .quickDeadline(Duration.ofMillis(1))
                    .quorum(2)
                    .build());
    InvalidRoutingConfig invalid = catchThrowableOfType(InvalidRoutingConfig.class, builder::build);
    List<String> fields = new ArrayList<>();
    invalid.problems().forEach(problem -> fields.add(problem.field()));
    assertThat(fields)
        .containsExactly(
            "operators",
            "endpoints[0].name",
            "endpoints[1].uri",
            "endpoints[2].name",
            "endpoints[2].uri",
            "endpoints[3].uri",
            "policy.quickDeadline",
            "policy.attempts",
            "policy.quorum");
    for (Problem problem : invalid.problems()) {
      assertThat(invalid.getMessage()).contains(problem.toString());
      assertThat(problem.remedy()).isNotBlank();
    }
    assertThat(invalid.getMessage()).doesNotContain(KEY);
    assertThat(invalid.getCause()).isNull();
  }

  @Test
  void one_operator_must_be_acknowledged() {
    Endpoint only = Endpoint.of("one", "a", "https://host/");
    assertThatThrownBy(() -> RpcPool.builder(Rig.CHAIN).endpoint(only).build())
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("singleOperator(true)");
    try (RpcPool pool = RpcPool.builder(Rig.CHAIN).endpoint(only).singleOperator(true).build()) {
      assertThat(pool.bounds().warnings())
          .containsExactly("a single provider can lie", "no outage tolerated");
    }
  }

  @Test
  void no_endpoint_and_one_url_twice_are_refused() {
    assertThatThrownBy(() -> RpcPool.builder(Rig.CHAIN).build())
        .hasMessageContaining("endpoints = none");
    assertThatThrownBy(
            () ->
                RpcPool.builder(Rig.CHAIN)
                    .endpoint(Endpoint.of("a", "a", "https://host/"))
                    .endpoint(Endpoint.of("b", "b", "https://host/"))
                    .build())
        .hasMessageContaining("endpoints[1].uri = ***");
  }

  @Test
  void one_place_is_no_second_endpoint_however_it_is_written() {
    for (String again :
        List.of("HTTPS://HOST/key", "https://host:443/key", "https://host/a/../key")) {
      assertThat(SecretUri.of(again).isSamePlace(SecretUri.of("https://host/key"))).isTrue();
    }
    for (String other : List.of("wss://host/key", "https://host/KEY", "https://host:444/key")) {
      assertThat(SecretUri.of(other).isSamePlace(SecretUri.of("https://host/key"))).isFalse();
    }
  }

  @Test
  void what_nothing_can_connect_to_is_refused_by_its_field() {
    for (String url : List.of("https://host:99999/", "https://host:0/", "wss://host:70000/")) {
      assertThat(SecretUri.of(url).problem())
          .as(url)
          .contains("has a host or a port that none can have");
    }
    Endpoint heads =
        Endpoint.builder("a", "a", SecretUri.of("https://host/"))
            .webSocket(SecretUri.of("wss://" + "a".repeat(64) + "/"))
            .build();
    assertThatThrownBy(() -> RpcPool.builder(Rig.CHAIN).endpoint(heads).build())
        .hasMessageContaining("endpoints[0].webSocket = ***");
  }

  @Test
  void plaintext_is_for_loopback_or_for_those_who_ask() {
    for (String url :
        List.of("http://127.0.0.1:8545", "http://LocalHost/x", "http://[0:0::1]:1/")) {
      assertThat(SecretUri.of(url).problem()).as(url).isEmpty();
    }
    for (String url : List.of("http://host/", "http://127.0.0.1.example/", "http://10.0.0.1/")) {
      assertThat(SecretUri.of(url).problem()).as(url).isPresent();
      assertThat(SecretUri.allowPlaintext(url).problem()).as(url).isEmpty();
    }
  }

  @Test
  void the_scheme_of_its_url_says_how_an_endpoint_is_called() {
    Endpoint socket = Endpoint.of("a", "a", "wss://host/key");
    assertThat(socket.uri().problem()).isEmpty();
    assertThat(socket.webSocket()).as("heads come from there too").contains(socket.uri());
    assertThat(Endpoint.of("a", "a", "https://host/key").webSocket()).isEmpty();
    SecretUri heads = SecretUri.of("wss://heads/");
    Endpoint two = Endpoint.builder("a", "a", socket.uri()).webSocket(heads).build();
    assertThat(two.webSocket()).contains(heads);
    assertThat(SecretUri.of("ws://127.0.0.1:8546").problem()).isEmpty();
    assertThat(SecretUri.of("ws://host/").problem()).isPresent();
    assertThat(SecretUri.allowPlaintext("WS://host/").problem()).isEmpty();
    assertThatThrownBy(
            () -> RpcPool.builder(Rig.CHAIN).endpoint(Endpoint.of("a", "a", "ws://host/")).build())
        .hasMessageContaining("endpoints[0].uri = ***")
        .hasMessageContaining("plain ws to another machine");
  }

  @Test
  void a_refused_scheme_names_all_that_are_taken_there() {
    assertThat(SecretUri.of("ftp://host/").problem())
        .contains("must begin with https://, http://, wss:// or ws://");
    assertThat(SecretUri.of("https://host/").webSocketProblem())
        .contains("must begin with wss:// or ws://");
  }

  @Test
  void bounds_follow_the_configuration() {
    assertThat(Rig.of("a", "b").pool().bounds().warnings()).containsExactly("no outage tolerated");
    Bounds three = Rig.of("a", "b", "c").pool().bounds();
    assertThat(three.warnings()).isEmpty();
    assertThat(three.toString())
        .startsWith(
            "2 of 3 operators must agree: tolerates 1 liars, 1 absent; answers by QUICK 2050 ms");
  }

  @Test
  void a_pool_of_its_own_threads_leaves_none_behind() throws InterruptedException {
    Set<Thread> ofOthers = Thread.getAllStackTraces().keySet();
    RpcPool pool =
        RpcPool.builder(Rig.CHAIN)
            .endpoint(Endpoint.of("one", "a", "http://127.0.0.1:1/"))
            .endpoint(Endpoint.of("two", "b", "http://127.0.0.1:2/"))
            .build();
    pool.call(Requests.chainId(), CallOptions.within(Duration.ofSeconds(5))).join();
    List<Thread> mine = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("payonce-") && !ofOthers.contains(thread)) {
        assertThat(thread.isDaemon()).isTrue();
        mine.add(thread);
      }
    }
    assertThat(mine).isNotEmpty();
    pool.close();
    for (Thread thread : mine) {
      thread.join(60_000);
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
  }
}
