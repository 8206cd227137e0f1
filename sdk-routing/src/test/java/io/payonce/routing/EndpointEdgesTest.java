package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every edge between states that the README draws is taken, and no other one ever is. */
final class EndpointEdgesTest {
  private static final Pattern DRAWN = Pattern.compile("(?m)^  (\\w+) --> (\\w+):");

  private static String edge(Object from, Object to) {
    return from + " to " + to;
  }

  private static Set<String> drawn() throws Exception {
    TreeSet<String> edges = new TreeSet<>();
    Matcher line = DRAWN.matcher(Files.readString(Path.of("README.md")));
    while (line.find()) {
      edges.add(edge(State.valueOf(line.group(1)), State.valueOf(line.group(2))));
    }
    assertThat(edges).hasSizeGreaterThan(8);
    return edges;
  }

  /** One thing that happens to an endpoint, by lot. */
  private static void happens(EndpointState state, Random random, long now) {
    long took = TimeUnit.MILLISECONDS.toNanos(random.nextInt(3_000));
    state.sent(now, random.nextBoolean());
    switch (random.nextInt(random.nextInt(40) == 0 ? 12 : 6)) {
      case 0, 1, 2 -> state.answered(now, took);
      case 3 -> state.failed(now, took, "reset");
      case 4 -> state.watchSilence(now);
      case 5 -> state.outrun(now, took);
      case 6 -> state.malformed(now, took, "garbage");
      case 7 -> state.dissented("contradicted the others");
      case 8 -> {
        if (random.nextBoolean()) {
          state.credentialRefused(now, took, "HTTP 401");
        } else {
          state.pinMissed(now, took, "pin mismatch");
        }
      }
      case 9 -> state.chainIdDiffers("serves chain 2");
      case 10 -> {
        if (random.nextInt(20) == 0) {
          state.lied("returned another hash");
        }
        state.throttled(now, OptionalLong.empty());
      }
      default -> {
        if (random.nextInt(20) == 0) {
          state.release();
        }
        state.head(now, random.nextInt(100), OptionalLong.of(50));
      }
    }
    if (state.state() != State.QUARANTINED || random.nextInt(4) == 0) {
      state.chainIdMatches(now);
    }
  }

  @Test
  void a_million_random_events_take_the_edges_that_are_drawn_and_no_other() throws Exception {
    long seed = 17;
    Random random = new Random(seed);
    TreeSet<String> taken = new TreeSet<>();
    TreeSet<String> gained = new TreeSet<>();
    TreeSet<String> lost = new TreeSet<>();
    for (int life = 0; life < 1_000; life++) {
      EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(12));
      long now = random.nextLong() >> 2;
      for (int i = 0; i < 1_000; i++) {
        State before = state.state();
        Set<String> marked = marks(state, now);
        now += TimeUnit.MILLISECONDS.toNanos(random.nextInt(20_000));
        happens(state, random, now);
        if (state.state() != before) {
          taken.add(edge(before, state.state()));
        }
        Set<String> marks = marks(state, now);
        marks.stream().filter(mark -> !marked.contains(mark)).forEach(gained::add);
        marked.stream().filter(mark -> !marks.contains(mark)).forEach(lost::add);
      }
    }
    assertThat(taken).as("seed %d", seed).isEqualTo(drawn());
    assertThat(gained).containsExactly("behind", "throttled", "verified").isEqualTo(lost);
  }

  /** What an endpoint may be beside its state. */
  private static Set<String> marks(EndpointState state, long now) {
    TreeSet<String> marks = new TreeSet<>();
    if (state.isVerified()) {
      marks.add("verified");
    }
    if (state.isThrottled(now)) {
      marks.add("throttled");
    }
    if (state.isBehind()) {
      marks.add("behind");
    }
    return marks;
  }

  /** How an endpoint of a whole pool behaves for a while. */
  private static void behave(ScriptedTransport transport, int how) {
    transport.chainId = how == 4 ? "0x2" : how == 1 || how == 2 ? "" : "0x1";
    String block =
        "{\"number\":\"0x64\",\"hash\":\"0x" + (how == 5 ? "66" : "64").repeat(32) + "\"}";
    transport.script =
        request ->
            switch (how) {
              case 1 -> fault(BytesSent.NONE);
              case 2 -> silence();
              case 3 -> request.method().equals("eth_gasPrice") ? result("{}") : result(block);
              case 6 ->
                  request.method().equals("eth_sendRawTransaction")
                      ? text("0x" + "66".repeat(32))
                      : result(block);
              default ->
                  request.method().equals("eth_getBlockByNumber") ? result(block) : text("0x5");
            };
  }

  @Test
  void a_pool_takes_every_edge_by_what_its_endpoints_do() throws Exception {
    TreeSet<String> taken = new TreeSet<>();
    long seed = 5;
    Random random = new Random(seed);
    Rig rig = Rig.of("a", "b", "c", "d");
    Map<String, State> known = new HashMap<>();
    rig.listener(
        new RoutingListener() {
          @Override
          public void changed(EndpointHealth endpoint) {
            State before = known.put(endpoint.name(), endpoint.state());
            taken.add(edge(before == null ? State.UP : before, endpoint.state()));
          }
        });
    for (int round = 0; round < 150; round++) {
      // Three stay as they are while one changes, so that what it does is what is found out.
      String name = "abcd".charAt(random.nextInt(4)) + "";
      behave(rig.at(name), random.nextInt(3) == 0 ? random.nextInt(7) : 0);
      for (int i = 0; i < 8; i++) {
        rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
        rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT));
      }
      rig.await(rig.pool().broadcast(Rig.transaction(round), BroadcastOptions.EVERYONE));
      if (random.nextInt(5) == 0) {
        rig.pool().release(name, "operations");
      }
      rig.time.runFor(Duration.ofSeconds(random.nextInt(200)));
      rig.transports.values().forEach(ScriptedTransport::forget);
    }
    // An answer brings back what is down, whatever it says: only two at the same instant on two
    // threads lead from there into quarantine directly.
    Set<String> all = drawn();
    assertThat(all.remove(edge(State.DOWN, State.QUARANTINED))).isTrue();
    assertThat(taken).as("seed %d", seed).isEqualTo(all);
  }
}
