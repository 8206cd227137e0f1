package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockRef;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Somebody starves the honest operators so that those who lie together are all that answers. */
final class CollusionTest {
  private static final String TRUTH = "{\"number\":\"0x5\",\"hash\":\"0x" + "11".repeat(32) + "\"}";
  private static final String LIE = "{\"number\":\"0x5\",\"hash\":\"0x" + "66".repeat(32) + "\"}";
  private static final Fact<BlockRef> BLOCK = new Fact.BlockRefAt(5);

  /** Every way to keep an operator from answering. */
  private static List<Says> starvations() {
    return List.of(
        silence(),
        fault(BytesSent.NONE),
        fault(BytesSent.ALL),
        http(502, "<html>"),
        http(429, ""),
        http(200, "<html>captive portal</html>"),
        error(-32005, "rate limit exceeded"));
  }

  @Test
  void two_liars_who_are_left_of_four_are_never_believed_and_somebody_is_told() {
    for (Says starved : starvations()) {
      Rig rig = Rig.of("a", "b", "c", "d");
      List<Instant> alarms = new ArrayList<>();
      rig.listener(
          new RoutingListener() {
            @Override
            public void alarmRaised(Alarm alarm) {
              alarms.add(rig.time.now());
            }
          });
      rig.transports.values().forEach(t -> t.script = request -> result(TRUTH));
      for (int i = 0; i < 10; i++) {
        assertThat(rig.await(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT)))
            .isInstanceOf(QuorumResult.Agreed.class);
      }
      for (String honest : List.of("a", "b")) {
        rig.at(honest).script = request -> starved;
      }
      for (String liar : List.of("c", "d")) {
        rig.at(liar).script = request -> result(LIE);
      }
      Instant start = rig.time.now();
      for (int i = 0; i < 1_000; i++) {
        Instant asked = rig.time.now();
        QuorumResult<BlockRef> answer =
            rig.await(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT));
        assertThat(answer).as("%s", starved).isInstanceOf(QuorumResult.Unavailable.class);
        assertThat(Duration.between(asked, rig.time.now()))
            .as("%s", starved)
            .isLessThanOrEqualTo(rig.pool().bounds().worstCase().get(Bounds.Kind.CRITICAL));
        rig.time.runFor(Duration.ofMillis(20));
      }
      assertThat(alarms).as("%s", starved).isNotEmpty();
      assertThat(Duration.between(start, alarms.get(0)))
          .as("%s", starved)
          .isLessThanOrEqualTo(Duration.ofSeconds(5));
    }
  }
}
