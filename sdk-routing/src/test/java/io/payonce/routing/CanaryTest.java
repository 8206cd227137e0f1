package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One question under two credentials of one operator. */
final class CanaryTest {
  private static final BlockRef AT = new BlockRef(100, BlockHash.of("0x" + "64".repeat(32)));
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");

  private final List<CredentialDifference> told = new ArrayList<>();
  private final RecordedMetrics metrics = new RecordedMetrics();
  private final Rig rig = new Rig();

  private Rig rig(int percent) {
    rig.policy(RoutingPolicy.builder().canaryPercent(percent).build())
        .metrics(metrics)
        .listener(
            new RoutingListener() {
              @Override
              public void credentialsDiffer(CredentialDifference difference) {
                told.add(difference);
              }
            })
        .endpoint("a-1", "a")
        .endpoint("a-2", "a")
        .endpoint("b", "b")
        .endpoint("c", "c");
    rig.transports.keySet().forEach(name -> says(name, "0x7"));
    return rig;
  }

  private void says(String name, String balance) {
    rig.at(name).script =
        request ->
            request.method().equals("eth_getBlockByNumber")
                ? result(ScriptedTransport.BLOCK)
                : text(balance);
  }

  private QuorumResult<Wei> read() {
    QuorumResult<Wei> result =
        rig.await(rig.pool().criticalRead(new Fact.Balance(ACCOUNT, AT), CallOptions.DEFAULT));
    rig.time.runFor(Duration.ofSeconds(1));
    return result;
  }

  private long asked() {
    return rig.transports.values().stream().mapToLong(t -> t.count("eth_getBalance")).sum();
  }

  @Test
  void an_operator_that_answers_one_customer_otherwise_is_told_and_both_endpoints_are_suspect() {
    rig(2);
    says("a-2", "0x8");
    assertThat(((QuorumResult.Agreed<Wei>) read()).value()).isEqualTo(Wei.of(7));
    assertThat(told).hasSize(1);
    CredentialDifference difference = told.get(0);
    assertThat(difference.operator()).isEqualTo(new Operator("a"));
    assertThat(difference.fact()).isEqualTo("Balance");
    assertThat(List.of(difference.first().endpoint(), difference.second().endpoint()))
        .containsExactlyInAnyOrder("a-1", "a-2");
    assertThat(difference.first().digest()).matches("[0-9a-f]{64}");
    assertThat(difference.second().digest())
        .matches("[0-9a-f]{64}")
        .isNotEqualTo(difference.first().digest());
    assertThat(difference.toString()).doesNotContain("example");
    assertThat(rig.health("a-1").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.health("a-2").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.health("b").state()).isEqualTo(State.UP);
    assertThat(rig.health("a-1").reason() + rig.health("a-2").reason())
        .contains("answers Balance otherwise than a-"); // the other one may have dissented before
  }

  @Test
  void what_differs_once_and_not_again_is_no_difference() {
    rig(2);
    int[] answers = {0};
    rig.transports.forEach(
        (name, transport) ->
            transport.script =
                request ->
                    request.method().equals("eth_getBlockByNumber")
                        ? result(ScriptedTransport.BLOCK)
                        : text(name.startsWith("a") && answers[0]++ == 1 ? "0x8" : "0x7"));
    read();
    assertThat(answers[0]).isEqualTo(4); // the vote, the canary, and both once more
    assertThat(told).isEmpty();
    assertThat(rig.pool().health()).allMatch(health -> health.state() == State.UP);
  }

  @Test
  void it_is_two_of_a_hundred_reads_at_most_and_counted_as_a_probe() {
    rig(2);
    for (int i = 0; i < 500; i++) {
      read();
    }
    assertThat(asked() - 3 * 500).isBetween(8L, 11L);
    assertThat(metrics.counted("attempts", "class", "critical")).isEqualTo(3 * 500);
    assertThat(metrics.counted("attempts", "class", "probe")).isGreaterThanOrEqualTo(8);
    assertThat(told).isEmpty();
  }

  @Test
  void there_is_none_unless_it_is_asked_for_nor_for_what_changes_with_time() {
    rig(0);
    says("a-2", "0x8");
    for (int i = 0; i < 100; i++) {
      read();
    }
    assertThat(asked()).isEqualTo(300);
    rig.pool()
        .reload(
            rig.pool().health().stream()
                .map(
                    health ->
                        Endpoint.of(
                            health.name(),
                            health.operator().id(),
                            "https://" + health.name() + ".example/"))
                .toList(),
            RoutingPolicy.builder().canaryPercent(2).build());
    rig.transports.values().forEach(ScriptedTransport::forget);
    rig.await(rig.pool().criticalRead(new Fact.Height(BlockTag.LATEST), CallOptions.DEFAULT));
    rig.await(rig.pool().criticalRead(new Fact.BlockRefAt(100), CallOptions.DEFAULT));
    rig.time.runFor(Duration.ofSeconds(1));
    assertThat(rig.transports.values().stream().mapToInt(t -> t.bodies.size()).sum())
        .isLessThanOrEqualTo(3 * 2 + 4); // and the probes
    assertThat(told).isEmpty();
    read();
    assertThat(told).hasSize(1);
  }

  @Test
  void more_than_two_of_a_hundred_is_refused_by_name() {
    assertThatThrownBy(() -> rig(3).pool())
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("policy.canaryPercent = 3: must be 0 to 2");
  }
}
