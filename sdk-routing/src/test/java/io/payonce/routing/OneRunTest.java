package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A run is decided by its seed and its script, and by no wall clock. */
final class OneRunTest {
  private static final int ROUNDS = 40;

  /** Everything that a pool did, decided and said, under endpoints in every mess. */
  private static String run(long seed, boolean jumps) {
    Rig rig = Rig.of("a", "b", "c", "d").random(seed);
    rig.policy(RoutingPolicy.builder().traces(1_000).build());
    Random weather = new Random(99); // the script: the same for each seed of the pool
    Random clock = new Random(7);
    StringBuilder trace = new StringBuilder();
    Instant wall = rig.time.clock().instant();
    for (int i = 0; i < ROUNDS; i++) {
      rig.transports.values().forEach(transport -> upset(transport, weather));
      if (jumps) {
        rig.time.jumpClock(Duration.ofMinutes(clock.nextInt(121) - 60));
      }
      trace.append(rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT)));
      trace.append(
          rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT)));
      if (jumps) {
        rig.time.jumpClock(Duration.ofHours(clock.nextBoolean() ? 1 : -1));
      }
      trace.append(rig.await(rig.pool().broadcast(Rig.transaction(i), BroadcastOptions.DEFAULT)));
      rig.time.runFor(Duration.ofMillis(weather.nextInt(2_000)));
      trace.append(rig.pool().health()).append(rig.pool().alarm().map(Alarm::gone)).append('\n');
    }
    rig.pool().traces().forEach(decision -> trace.append(decision).append('\n'));
    rig.transports.forEach((name, t) -> trace.append(name).append(t.bodies).append('\n'));
    Duration took = Duration.between(wall, rig.time.clock().instant());
    assertThat(took.equals(Duration.between(rig.start, rig.time.now()))).isNotEqualTo(jumps);
    return trace.append(rig.time.ticker().nanos()).toString();
  }

  private static void upset(ScriptedTransport transport, Random weather) {
    transport.delay = Duration.ofMillis(1 + weather.nextInt(80));
    transport.headers.clear();
    int kind = weather.nextInt(10);
    if (kind == 4) {
      transport.headers.put("retry-after", "2");
    } else if (kind == 5) {
      // Two dates of the server's own clock.
      transport.headers.put("date", "Thu, 01 Jan 2026 00:00:00 GMT");
      transport.headers.put("retry-after", "Thu, 01 Jan 2026 00:00:03 GMT");
    }
    transport.status = kind == 4 || kind == 5 ? 429 : 200;
    transport.script =
        switch (kind) {
          case 0 -> request -> fault(BytesSent.ALL);
          case 1 -> request -> silence();
          case 2 -> request -> error(-32000, "header not found");
          case 3 -> request -> http(502, "");
          case 6 -> request -> result("{}");
          default ->
              request ->
                  request.method().equals("eth_getBlockByNumber")
                      ? result(ScriptedTransport.BLOCK)
                      : text("0x5");
        };
  }

  @Test
  void one_seed_is_one_trace_byte_for_byte() {
    for (long seed : List.of(1L, 2L)) {
      assertThat(run(seed, false)).as("seed %d", seed).isEqualTo(run(seed, false));
    }
    assertThat(run(1, false)).isNotEqualTo(run(2, false));
  }

  @Test
  void a_wall_clock_that_jumps_by_an_hour_changes_nothing() {
    for (long seed : List.of(4L, 5L)) {
      assertThat(run(seed, true)).as("seed %d", seed).isEqualTo(run(seed, false));
    }
  }
}
