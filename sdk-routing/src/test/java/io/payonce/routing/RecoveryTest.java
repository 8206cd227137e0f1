package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was ill comes back soon, with little load, seldom, and for few probes. */
final class RecoveryTest {
  private static final int CALLS_A_SECOND = 50;
  private static final Duration PAUSE = Duration.ofMillis(1_000 / CALLS_A_SECOND);

  /** Where the number of calls shows nothing: a twentieth of a second makes tests short. */
  private static final Duration SLOW_PAUSE = Duration.ofMillis(50);

  private final List<Instant> comesUp = new ArrayList<>();

  private static Map<String, Says> illnesses() {
    Map<String, Says> all = new LinkedHashMap<>();
    all.put("refused", fault(BytesSent.NONE));
    all.put("reset", fault(BytesSent.ALL));
    all.put("502", http(502, "<html>"));
    all.put("hang", silence());
    return all;
  }

  private Rig rig() {
    Rig rig = Rig.of("a", "b", "c");
    rig.listener(
        new RoutingListener() {
          @Override
          public void changed(EndpointHealth endpoint) {
            if (endpoint.state() == State.UP) {
              comesUp.add(rig.time.now());
            }
          }
        });
    rig.transports.keySet().forEach(name -> heal(rig, name));
    return rig;
  }

  private static void heal(Rig rig, String name) {
    rig.at(name).script = request -> text("0x5");
    rig.at(name).chainId = "0x1";
  }

  private static void fall(Rig rig, String name, Says says) {
    rig.at(name).script = request -> says;
    rig.at(name).chainId = "";
  }

  /** Traffic of a service, at a steady rate. */
  private static void traffic(Rig rig, Duration howLong) {
    traffic(rig, howLong, PAUSE);
  }

  private static void traffic(Rig rig, Duration howLong, Duration pause) {
    for (Instant end = rig.time.now().plus(howLong); rig.time.now().isBefore(end); ) {
      Wiring.detach(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
      rig.time.runFor(pause);
    }
  }

  @Test
  void it_is_back_within_ten_seconds_whenever_it_heals() {
    illnesses()
        .forEach(
            (name, illness) -> {
              for (int tenths = 0; tenths < 90; tenths += 3) {
                Rig rig = rig();
                traffic(rig, Duration.ofSeconds(2));
                fall(rig, "a", illness);
                // Probes have come to their longest pause after 14 s, whatever else is asked.
                traffic(rig, Duration.ofSeconds(22).plusMillis(100L * tenths), SLOW_PAUSE);
                assertThat(rig.health("a").state()).as(name).isEqualTo(State.DOWN);
                heal(rig, "a");
                Instant healed = rig.time.now();
                while (rig.health("a").state() != State.UP) {
                  traffic(rig, PAUSE);
                  assertThat(Duration.between(healed, rig.time.now()))
                      .as("%s, healed %d ms later", name, 100 * tenths)
                      .isLessThanOrEqualTo(Duration.ofSeconds(10));
                }
              }
            });
  }

  @Test
  void its_load_grows_from_a_tenth_of_its_part_to_all_of_it_in_half_a_minute() {
    Rig rig = rig();
    traffic(rig, Duration.ofSeconds(2));
    fall(rig, "a", fault(BytesSent.NONE));
    traffic(rig, Duration.ofSeconds(30));
    heal(rig, "a");
    while (rig.health("a").state() != State.UP) {
      traffic(rig, PAUSE);
    }
    List<Double> shares = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      long before = rig.at("a").count("eth_gasPrice");
      traffic(rig, Duration.ofSeconds(5));
      shares.add((rig.at("a").count("eth_gasPrice") - before) / (5.0 * CALLS_A_SECOND) * 3);
    }
    assertThat(shares.get(0)).as("%s", shares).isLessThan(0.5);
    assertThat(shares.get(5)).as("%s", shares).isGreaterThan(shares.get(0) * 2);
    assertThat(shares.get(7)).as("%s", shares).isBetween(0.75, 1.25);
  }

  @Test
  void one_that_flaps_comes_up_once_a_minute_whatever_its_rhythm() {
    for (int seconds : List.of(1, 3, 7, 12, 20)) {
      comesUp.clear();
      Rig rig = rig();
      traffic(rig, Duration.ofSeconds(2));
      for (int i = 0; i < 600 / seconds; i++) {
        if (i % 2 == 0) {
          fall(rig, "a", fault(BytesSent.ALL));
        } else {
          heal(rig, "a");
        }
        traffic(rig, Duration.ofSeconds(seconds), SLOW_PAUSE);
      }
      for (int i = 1; i < comesUp.size(); i++) {
        assertThat(Duration.between(comesUp.get(i - 1), comesUp.get(i)))
            .as("every %d s: %s", seconds, comesUp)
            .isGreaterThanOrEqualTo(Duration.ofSeconds(60));
      }
      assertThat(comesUp.size()).as("every %d s", seconds).isLessThanOrEqualTo(11);
    }
    assertThat(comesUp).isNotEmpty(); // in the slowest rhythm it had time to
  }

  @Test
  void probes_are_two_of_a_hundred_calls_at_most_and_one_in_five_seconds_at_one_that_is_down() {
    illnesses()
        .forEach(
            (name, illness) -> {
              Rig rig = rig();
              traffic(rig, Duration.ofSeconds(2));
              fall(rig, "a", illness);
              traffic(rig, Duration.ofSeconds(20)); // it is known to be down
              rig.transports.values().forEach(ScriptedTransport::forget);
              Duration outage = Duration.ofMinutes(5);
              traffic(rig, outage);
              long calls = outage.toSeconds() * CALLS_A_SECOND;
              assertThat(rig.at("a").bodies.size())
                  .as(name)
                  .isBetween(1, (int) (outage.toSeconds() / 5));
              long probes =
                  rig.transports.values().stream()
                      .flatMap(transport -> transport.bodies.stream())
                      .filter(body -> !body.contains("eth_gasPrice"))
                      .count();
              assertThat(probes).as(name).isBetween(1L, calls * 2 / 100);
            });
  }
}
