package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CriticalReadTest {
  private static final String TRUE_HASH = "0x" + "11".repeat(32);
  private static final String FALSE_HASH = "0x" + "66".repeat(32);
  private static final BlockRef TRUTH = new BlockRef(5, BlockHash.of(TRUE_HASH));
  private static final Fact<BlockRef> BLOCK = new Fact.BlockRefAt(5);

  private static String block(long number, String hash) {
    return "{\"number\":\"0x" + Long.toHexString(number) + "\",\"hash\":\"" + hash + "\"}";
  }

  private static <T> QuorumResult<T> read(Rig rig, Fact<T> fact) {
    return rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
  }

  private static void honest(Rig rig, String... names) {
    for (String name : names) {
      rig.at(name).script = request -> result(block(5, TRUE_HASH));
    }
  }

  @Test
  void failover_never_shrinks_the_quorum() {
    for (int n = 2; n <= 6; n++) {
      for (int down = 0; down < 1 << n; down++) {
        for (int lying = 0; lying < 1 << n; lying++) {
          if ((down & lying) == 0) {
            judge(n, down, lying);
          }
        }
      }
    }
  }

  private static void judge(int n, int down, int lying) {
    Rig rig = new Rig();
    for (int i = 0; i < n; i++) {
      String name = "op" + i;
      rig.endpoint(name, name);
      boolean hung = i % 2 == 0;
      boolean isDown = (down >> i & 1) == 1;
      String hash = (lying >> i & 1) == 1 ? FALSE_HASH : TRUE_HASH;
      rig.at(name).chainId = isDown ? "" : "0x1";
      rig.at(name).script =
          request -> !isDown ? result(block(5, hash)) : hung ? silence() : fault(BytesSent.NONE);
    }
    int q = n / 2 + 1;
    int liars = Integer.bitCount(lying);
    int honest = n - liars - Integer.bitCount(down);
    Instant start = rig.time.now();
    QuorumResult<BlockRef> result = read(rig, BLOCK);
    String which = "n=" + n + " down=" + down + " lying=" + lying + ": " + result;
    assertThat(Duration.between(start, rig.time.now()))
        .as(which)
        .isLessThanOrEqualTo(Duration.ofSeconds(5));
    if (honest >= q) {
      assertThat(result).as(which).isInstanceOf(QuorumResult.Agreed.class);
      assertThat(((QuorumResult.Agreed<BlockRef>) result).value()).as(which).isEqualTo(TRUTH);
    } else if (liars < q) {
      assertThat(result).as(which).isInstanceOf(QuorumResult.Unavailable.class);
      assertThat(((QuorumResult.Unavailable<BlockRef>) result).required()).isEqualTo(q);
    }
  }

  @Test
  void the_liar_is_named_in_the_first_read_it_lies_in_even_when_it_is_late() {
    Rig rig = Rig.of("a", "b", "c");
    honest(rig, "a", "b");
    rig.at("c").script = request -> result("null");
    read(rig, BLOCK);
    rig.at("c").script = request -> result(block(5, FALSE_HASH));
    rig.at("c").delay = Duration.ofSeconds(1);
    assertThat(((QuorumResult.Agreed<BlockRef>) read(rig, BLOCK)).dissent()).isEmpty();
    rig.time.runUntil(() -> rig.health("c").dissents() > 0, Duration.ofSeconds(5));
    assertThat(rig.health("c").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.health("a").dissents()).isZero();
    rig.at("c").delay = Duration.ofMillis(1);
    assertThat(((QuorumResult.Agreed<BlockRef>) read(rig, BLOCK)).value()).isEqualTo(TRUTH);
  }

  @Test
  void a_suspect_operator_still_votes() {
    Rig rig = Rig.of("a", "b", "c");
    honest(rig, "a", "b", "c");
    rig.pool();
    read(rig, BLOCK);
    rig.at("b").script = request -> result("7");
    read(rig, BLOCK);
    assertThat(rig.health("b").state()).isEqualTo(State.SUSPECT);
    honest(rig, "b");
    rig.at("c").script = request -> result("null");
    QuorumResult<BlockRef> result = read(rig, BLOCK);
    assertThat(((QuorumResult.Agreed<BlockRef>) result).votes())
        .containsExactly(new Operator("a"), new Operator("b"));
  }

  @Test
  void a_second_endpoint_of_an_operator_replaces_a_silent_one_but_adds_no_vote() {
    Rig rig = new Rig();
    rig.endpoint("a-one", "a").endpoint("a-two", "a").endpoint("b", "b");
    honest(rig, "a-two", "b");
    rig.at("a-one").script = request -> silence();
    for (int i = 0; i < 10; i++) {
      QuorumResult<BlockRef> result = read(rig, BLOCK);
      assertThat(((QuorumResult.Agreed<BlockRef>) result).votes())
          .containsExactly(new Operator("a"), new Operator("b"));
    }
    rig.at("b").script = request -> fault(BytesSent.NONE);
    honest(rig, "a-one");
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Unavailable.class);
  }

  @Test
  void a_lost_reply_gets_a_second_try() {
    Rig rig = Rig.of("a", "b");
    honest(rig, "a", "b");
    read(rig, BLOCK);
    int[] asked = {0};
    rig.at("b").script =
        request -> asked[0]++ == 0 ? fault(BytesSent.ALL) : result(block(5, TRUE_HASH));
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Agreed.class);
  }

  @Test
  void what_a_node_says_is_not_asked_twice() {
    Rig rig = Rig.of("a", "b");
    honest(rig, "a");
    rig.at("b").script = request -> error(-32000, "header not found");
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Unavailable.class);
    assertThat(rig.at("b").count("eth_getBlockByNumber")).isEqualTo(1);
  }

  @Test
  void an_operator_that_is_down_is_left_in_peace_while_the_others_are_a_quorum() {
    Rig rig = Rig.of("a", "b", "c");
    honest(rig, "a", "c");
    rig.at("b").script = request -> silence();
    while (rig.health("b").state() != State.DOWN) {
      read(rig, BLOCK);
    }
    long asked = rig.at("b").count("eth_getBlockByNumber");
    Instant start = rig.time.now();
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Agreed.class);
    assertThat(Duration.between(start, rig.time.now())).isLessThan(Duration.ofMillis(100));
    assertThat(rig.at("b").count("eth_getBlockByNumber")).isEqualTo(asked);
  }

  @Test
  void an_operator_that_is_down_is_asked_when_there_is_no_quorum_without_it() {
    Rig rig = Rig.of("a", "b");
    honest(rig, "a");
    rig.at("b").script = request -> silence();
    while (rig.health("b").state() != State.DOWN) {
      read(rig, BLOCK);
    }
    honest(rig, "b");
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Agreed.class);
  }

  @Test
  void an_endpoint_of_another_chain_has_no_vote() {
    Rig rig = Rig.of("a", "b", "c");
    honest(rig, "a", "b", "c");
    rig.at("b").chainId = "0x2";
    rig.at("c").chainId = "0x2";
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Unavailable.class);
    assertThat(rig.at("b").count("eth_getBlockByNumber")).isZero();
  }

  @Test
  void a_read_that_gains_from_more_ballots_waits_a_little_for_them() {
    Rig rig = Rig.of("a", "b", "c");
    List<Long> heights = List.of(100L, 101L, 102L);
    List<String> names = new ArrayList<>(rig.transports.keySet());
    for (int i = 0; i < 3; i++) {
      long height = heights.get(i);
      rig.at(names.get(i)).script = request -> result(block(height, TRUE_HASH));
    }
    Fact<Long> head = new Fact.Height(BlockTag.LATEST);
    read(rig, head);
    rig.at("c").delay = Duration.ofMillis(100);
    assertThat(((QuorumResult.Agreed<Long>) read(rig, head)).value()).isEqualTo(101);
    rig.at("c").delay = Duration.ofMillis(900);
    Instant start = rig.time.now();
    assertThat(((QuorumResult.Agreed<Long>) read(rig, head)).value()).isEqualTo(100);
    assertThat(Duration.between(start, rig.time.now())).isEqualTo(Duration.ofMillis(160));
  }

  @Test
  void a_raised_quorum_binds() {
    Rig rig = Rig.of("a", "b", "c");
    rig.policy(RoutingPolicy.builder().quorum(3).build());
    honest(rig, "a", "b", "c");
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Agreed.class);
    rig.at("c").script = request -> fault(BytesSent.ALL);
    assertThat(read(rig, BLOCK)).isInstanceOf(QuorumResult.Unavailable.class);
    assertThat(rig.pool().bounds().toString())
        .startsWith("3 of 3 operators must agree: tolerates 2 liars, 0 absent");
  }
}
