package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.TransactionHash;
import io.payonce.routing.RoutingPolicy;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wallet whose transactions nobody but a relay hears of, by what the providers received. */
final class PrivateRouteScenarioTest {
  private static final Pattern LOOK =
      Pattern.compile("\"eth_get(?:Raw)?Transaction\\w*\",\"params\":\\[\"(0x[0-9a-f]{64})\"");
  private static final String RELAY = "delta";

  private final Stage stage = new Stage(Ground.SIMULATED, 4, 5);
  private final List<String> publicSends = new ArrayList<>();

  /** Looks for what was in no block yet. */
  private final List<String> leaks = new ArrayList<>();

  private void start(Route route) {
    stage.route = route;
    stage.wire = this::watched;
    stage.start();
  }

  private RpcTransport watched(String provider, RpcTransport to) {
    return new RpcTransport() {
      @Override
      public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
        if (!provider.equals(RELAY)) {
          look(provider, new String(body, StandardCharsets.UTF_8));
        }
        return to.send(body, timeout);
      }

      @Override
      public void close() {
        to.close();
      }
    };
  }

  private void look(String provider, String body) {
    if (body.contains("eth_sendRawTransaction")) {
      publicSends.add(provider);
    }
    Matcher looks = LOOK.matcher(body);
    while (looks.find()) {
      if (!stage.world.isIncluded(TransactionHash.of(looks.group(1)))) {
        leaks.add(provider + " was asked for " + looks.group(1));
      }
    }
  }

  private void nobodyElseKnew() {
    assertThat(publicSends).isEmpty();
    assertThat(leaks).isEmpty();
    stage.verify();
  }

  @Test
  void payments_go_through_the_relay_alone() {
    start(Route.privately(RELAY));
    for (int i = 0; i < 6; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    for (int i = 0; i < 6; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    nobodyElseKnew();
  }

  @ParameterizedTest
  @EnumSource(names = {"DEAD", "LOST_REPLY", "LOST_REQUEST"})
  void what_the_relay_does_not_answer_waits_and_is_shown_to_nobody(ProviderFault fault) {
    start(Route.privately(RELAY));
    stage.world.stopMining();
    stage.world.setFaults(RELAY, ProviderFaults.always(fault));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.time.runFor(Duration.ofMinutes(30)); // resends and replacements
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    stage.world.setFaults(RELAY, ProviderFaults.NONE);
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    nobodyElseKnew();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 9, 17})
  void a_restart_shows_nothing_either(int seconds) {
    start(Route.privately(RELAY));
    stage.world.setFaults(RELAY, ProviderFaults.always(ProviderFault.LOST_REPLY));
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    for (int i = 0; i < 4; i++) {
      stage.time.runFor(Duration.ofSeconds(seconds));
      stage.kill();
      stage.start();
    }
    stage.world.setFaults(RELAY, ProviderFaults.NONE);
    for (int i = 0; i < 3; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    nobodyElseKnew();
  }

  @Test
  void what_was_mined_while_nobody_ran_is_found_without_asking_for_what_was_not() {
    start(Route.privately(RELAY));
    stage.world.stopMining();
    stage.inFlight("p");
    stage.await(stage.payonce().speedUp(Stage.key("p")));
    stage.until(() -> stage.slot(0).attempts().size() == 2); // one of them is mined
    stage.blocks(10);
    stage.kill();
    stage.world.goOnMining();
    stage.blocks(500);
    stage.start();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    nobodyElseKnew();
  }

  @Test
  void a_cancel_goes_the_same_way() {
    start(Route.privately(RELAY));
    stage.world.stopMining();
    stage.inFlight("p");
    stage.await(stage.payonce().cancel(Stage.key("p"), new Actor("ann"), "a mistake"));
    stage.world.goOnMining();
    stage.until(() -> stage.state("p").isTerminal());
    nobodyElseKnew();
  }

  @Test
  void a_reload_without_the_relay_is_told_and_waited_for() {
    start(Route.privately(RELAY));
    stage.world.setFaults(RELAY, ProviderFaults.always(ProviderFault.DEAD));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage
        .host()
        .pool()
        .reload(stage.providers.subList(0, 3).stream().map(stage::endpoint).toList());
    stage.time.runFor(Duration.ofMinutes(5));
    assertThat(stage.troubles).anyMatch(said -> said.contains("'" + RELAY + "'"));
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    stage.world.setFaults(RELAY, ProviderFaults.NONE);
    stage.host().pool().reload(stage.providers.stream().map(stage::endpoint).toList());
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    nobodyElseKnew();
  }

  @Test
  void it_goes_public_when_its_route_says_so_and_not_before() {
    stage.routing = RoutingPolicy.builder().privateWindow(5).build();
    start(Route.privatelyUntil(30, RELAY));
    stage.world.setFaults(RELAY, ProviderFaults.always(ProviderFault.DEAD));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.blocks(28);
    assertThat(publicSends).isEmpty();
    assertThat(leaks).isEmpty();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(publicSends).isNotEmpty();
    stage.verify();
  }
}
