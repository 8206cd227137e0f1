package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An endpoint whose heads come from a key that is not pinned, while its calls still show one. */
final class PushedPinsTest {
  private final ScriptedChain chain = new ScriptedChain();
  private final Rig rig = new Rig();
  private final ScriptedPush push = new ScriptedPush(rig.time);
  private final List<String> told = new ArrayList<>();

  private PushedPinsTest() {
    rig.push(push)
        .listener(
            new RoutingListener() {
              @Override
              public void changed(EndpointHealth endpoint) {
                told.add(endpoint.name() + " " + endpoint.state() + " " + endpoint.reason());
              }
            });
    for (String name : List.of("a", "b", "c")) {
      rig.endpoint(
          Rig.like(name).webSocket(SecretUri.of("wss://" + name + ".example/key42")).build());
      rig.at(name).script =
          request ->
              request.method().equals("eth_getBlockByNumber")
                  ? chain.says(request.params().get(0).asText())
                  : text("0x5");
    }
  }

  private void listen() {
    rig.pool().heads().subscribe(new Ignored<>());
  }

  /** Asks for all that a host asks for, for so long. */
  private void use(Duration howLong) {
    for (long left = howLong.toSeconds(); left > 0; left -= 20) {
      rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
      rig.await(rig.pool().broadcast(Rig.transaction(left), BroadcastOptions.EVERYONE));
      rig.time.runFor(Duration.ofSeconds(20));
    }
  }

  @Test
  void calls_and_heads_of_the_endpoint_rest_for_the_hour_and_the_others_go_on() {
    rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    push.unpinned.add("a");
    listen();
    rig.time.runFor(Duration.ofSeconds(1));
    EndpointHealth health = rig.health("a");
    assertThat(health.state()).isEqualTo(State.DOWN);
    assertThat(health.reason()).isEqualTo("a: TLS failed: pin mismatch");
    assertThat(health.throttledFor()).isGreaterThan(Duration.ofMinutes(59));
    assertThat(told)
        .contains("a DOWN a: TLS failed: pin mismatch")
        .noneMatch(s -> s.contains("42"));
    rig.transports.values().forEach(ScriptedTransport::forget);
    use(Duration.ofMinutes(58));
    assertThat(rig.at("a").bodies).isEmpty();
    assertThat(push.at("a")).hasSize(1);
    assertThat(rig.at("b").bodies).isNotEmpty(); // so that an empty list means something
    assertThat(push.hears("b") || push.hears("c")).isTrue();
  }

  @Test
  void a_person_ends_the_hour_of_the_heads_too() {
    push.unpinned.add("a");
    listen();
    rig.time.runFor(Duration.ofMinutes(5));
    assertThat(push.at("a")).hasSize(1);
    push.unpinned.clear();
    push.isDead = true; // the others push no more, so that its place is wanted
    push.at("b").forEach(one -> one.ends(false));
    push.at("c").forEach(one -> one.ends(false));
    rig.time.runFor(Duration.ofSeconds(1));
    push.isDead = false;
    assertThat(rig.pool().release("a", "operations")).isTrue();
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(push.hears("a")).isTrue();
    assertThat(rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT)))
        .isInstanceOf(RpcOutcome.Ok.class);
  }
}
