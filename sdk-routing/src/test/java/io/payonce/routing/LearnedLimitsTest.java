package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.routing.RoutingState.Limit;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much endpoints take at once is still known after a restart, for as long as it is believed.
 */
final class LearnedLimitsTest {
  private static final int LONGEST_BATCH = 10;
  private static final int MOST_LOGS = 100;
  private static final String BEFORE_LIMITS =
      """
      payonce-routing-state 1
      chain 1
      voter a
      voter b
      final 50 0xa000000000000000000000000000000000000000000000000000000000000032
      credits a 2026-01 120
      strange b b serves chain 2
      lacks a eth_getProof 2026-01-01T00:59:50Z
      since a STATE 501 2026-01-01T00:09:50Z
      sha256 fd11def2b6caf9e1a5df80909e670452cb3cfee7c80c614be7992021bfed2e59
      """;

  @TempDir private Path folder;
  private Path file;
  private Rig rig;

  @BeforeEach
  void start() {
    file = folder.resolve("routing.state");
    restart(Duration.ZERO);
  }

  /** A new process on the same file, so much later by every clock. */
  private void restart(Duration later) {
    rig = new Rig().store(FileRoutingStateStore.at(file)).endpoint("a", "a").endpoint("b", "b");
    rig.time.runFor(later);
    rig.transports
        .values()
        .forEach(
            transport -> {
              transport.longest = LONGEST_BATCH;
              transport.script =
                  request -> request.method().equals("eth_getLogs") ? logs(request) : text("0x5");
            });
  }

  private static ScriptedTransport.Says logs(ScriptedTransport.Received request) {
    long from = number(request.params().get(0).get("fromBlock").asText());
    long to = number(request.params().get(0).get("toBlock").asText());
    return to - from + 1 > MOST_LOGS
        ? error(-32005, "Requested range exceeds maximum RPC range limit")
        : result("[]");
  }

  private static long number(String text) {
    return Long.parseLong(text.substring(2), 16);
  }

  private void readLogs() {
    RpcRequest<List<?>> request =
        new RpcRequest<>(
            "eth_getLogs",
            List.of(Map.of("fromBlock", "0x64", "toBlock", Requests.quantity(0x64 + 399))),
            json -> (List<?>) json);
    assertThat(rig.await(rig.pool().call(request, CallOptions.DEFAULT)))
        .isInstanceOf(RpcOutcome.Ok.class);
  }

  private void readMany() {
    List<RpcRequest<?>> forty = Collections.nCopies(40, Requests.gasPrice());
    assertThat(rig.await(rig.pool().callBatch(forty, CallOptions.DEFAULT)))
        .hasSize(40)
        .allMatch(outcome -> outcome instanceof RpcOutcome.Ok);
  }

  /** Both endpoints have refused what is too much, and all of that was saved. */
  private void learnAndSave() {
    for (int i = 0; i < 10; i++) {
      readLogs();
      readMany();
    }
    rig.time.runFor(Duration.ofSeconds(3));
  }

  private long refusedLogs() {
    return rig.transports.values().stream()
        .flatMap(transport -> transport.received.stream())
        .filter(request -> request.method().equals("eth_getLogs"))
        .filter(request -> logs(request) instanceof ScriptedTransport.Says.Failure)
        .count();
  }

  private long refusedBatches() {
    return rig.transports.values().stream()
        .flatMap(transport -> transport.bodies.stream())
        .filter(body -> body.split("eth_gasPrice", -1).length - 1 > LONGEST_BATCH)
        .count();
  }

  private RoutingState stored() {
    return FileRoutingStateStore.at(file).load().orElseThrow();
  }

  @Test
  void what_was_refused_before_a_restart_is_not_asked_for_after_it() {
    learnAndSave();
    assertThat(refusedLogs()).isPositive();
    assertThat(refusedBatches()).isPositive();
    assertThat(stored().limits().values())
        .anyMatch(limits -> limits.get(Limit.LOG_BLOCKS).count() == MOST_LOGS)
        .anyMatch(limits -> limits.get(Limit.BATCH).count() == LONGEST_BATCH);
    Duration life = Duration.between(rig.start, rig.time.now());

    restart(life);
    for (int i = 0; i < 20; i++) {
      readLogs();
      readMany();
    }
    assertThat(refusedLogs()).isZero();
    assertThat(refusedBatches()).isZero();
  }

  @Test
  void the_time_that_is_left_is_what_a_limit_is_believed_for_and_a_restart_adds_none() {
    learnAndSave();
    Instant until = stored().limits().get("a").get(Limit.BATCH).until();
    assertThat(Duration.between(rig.start, until))
        .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
    for (int minutes = 2; minutes <= 8; minutes += 2) {
      restart(Duration.ofMinutes(minutes));
      rig.pool();
      rig.time.runFor(Duration.ofSeconds(3));
      assertThat(stored().limits().get("a").get(Limit.BATCH).until()).isEqualTo(until);
    }
    restart(Duration.ofMinutes(11));
    readMany();
    readLogs();
    assertThat(refusedBatches()).isPositive();
    assertThat(refusedLogs()).isPositive();
  }

  @Test
  void a_limit_that_was_saved_by_a_clock_ahead_is_believed_for_no_longer_than_one_just_learned() {
    rig.time.runFor(Duration.ofHours(5));
    learnAndSave();
    restart(Duration.ZERO);
    readMany();
    assertThat(refusedBatches()).isZero();
    rig.time.runFor(Duration.ofMinutes(10));
    readMany();
    assertThat(refusedBatches()).isPositive();
  }

  @Test
  void a_file_without_limits_says_what_it_said_before_there_were_any() throws IOException {
    Files.writeString(file, BEFORE_LIMITS);
    RoutingState state = stored();
    assertThat(state.limits()).isEmpty();
    assertThat(state.history().get("a").get(HistoryKind.STATE).block()).isEqualTo(501);
    assertThat(state.missing().get("a")).containsOnlyKeys("eth_getProof");
    assertThat(state.credits().get("a").credits()).isEqualTo(120);
    FileRoutingStateStore.at(file).save(state);
    assertThat(Files.readString(file)).isEqualTo(BEFORE_LIMITS);
  }

  @Test
  void a_limit_that_was_altered_or_that_nobody_knows_makes_the_whole_file_none()
      throws IOException {
    learnAndSave();
    String whole = Files.readString(file);
    assertThat(whole).contains("most a BATCH 10 ");
    for (String altered :
        List.of(
            whole.replace("most a BATCH 10 ", "most a BATCH 50 "),
            whole.replace("most a BATCH 10 ", "most a BATCH 1 "),
            whole.replaceFirst("most a BATCH [^\n]*\n", ""))) {
      assertThat(altered).isNotEqualTo(whole);
      Files.writeString(file, altered);
      assertThatThrownBy(this::stored)
          .isInstanceOf(RoutingStateException.class)
          .hasMessageContaining("altered");
    }
    for (String unknown :
        List.of(
            "most a BYTES 10 2026-01-01T00:00:00Z",
            "most a BATCH 0 2026-01-01T00:00:00Z",
            "more a b c")) {
      Files.writeString(file, signed("payonce-routing-state 1\nchain 1\n" + unknown + "\n"));
      assertThatThrownBy(this::stored)
          .isInstanceOf(RoutingStateException.class)
          .hasMessageContaining("cannot be understood");
    }
  }

  /** As a newer version would write it. */
  private static String signed(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return text + "sha256 " + HexFormat.of().formatHex(digest) + "\n";
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
