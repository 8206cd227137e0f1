package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What one endpoint turned out to be.
 *
 * @param chain empty when it did not say
 * @param syncing whether it says that it is not at the head yet
 * @param finalized empty when it does not know the tag
 * @param falls how often its newest block went back in answers that followed one another: one time
 *     may be a reorganisation, several are nodes that do not have the same blocks
 * @param latencies of equal small questions, in nanoseconds, rising
 * @param can what it answers beyond the necessary
 * @param cannot what it does not
 * @param certificateEnd empty without TLS
 * @param limited what it said about its limit, when it refused a question
 * @param failure why it does not answer
 */
record EndpointReport(
    String name,
    String operator,
    OptionalLong chain,
    String client,
    OptionalLong head,
    boolean syncing,
    OptionalLong finalized,
    int falls,
    List<Long> latencies,
    List<String> can,
    List<String> cannot,
    Optional<Instant> certificateEnd,
    Optional<String> limited,
    Optional<String> failure) {
  private static final int QUESTIONS = 20;
  private static final int SEVERAL_FALLS = 2;
  private static final Pattern QUANTITY = Pattern.compile("0x[0-9a-fA-F]{1,15}");
  private static final String ZERO = "0x0000000000000000000000000000000000000000";

  EndpointReport {
    latencies = List.copyOf(latencies);
    can = List.copyOf(can);
    cannot = List.copyOf(cannot);
  }

  /** Asks everything; some thirty questions, one after the other. */
  static EndpointReport of(EndpointProbe probe) {
    OptionalLong chain = number(probe.ask("eth_chainId").result());
    if (chain.isEmpty()) {
      return silent(probe);
    }
    JsonNode latest = probe.ask("eth_getBlockByNumber", "latest", false).result();
    JsonNode finalBlock = probe.ask("eth_getBlockByNumber", "finalized", false).result();
    JsonNode syncing = probe.ask("eth_syncing").result();
    List<Long> latencies = new ArrayList<>();
    OptionalLong before = OptionalLong.empty();
    int falls = 0;
    for (int i = 0; i < QUESTIONS; i++) {
      EndpointProbe.Answer answer = probe.ask("eth_blockNumber");
      if (answer.hasResult()) {
        latencies.add(answer.nanos());
        OptionalLong now = number(answer.result());
        boolean fell = before.isPresent() && now.isPresent();
        falls += fell && now.getAsLong() < before.getAsLong() ? 1 : 0;
        before = now.isPresent() ? now : before;
      }
    }
    latencies.sort(null);
    List<String> can = new ArrayList<>();
    List<String> cannot = new ArrayList<>();
    (probe.takesBatches() ? can : cannot).add("batches");
    (finalBlock.isObject() ? can : cannot).add("finalized");
    String hash = latest.path("hash").asText();
    sort(probe, "block receipts", can, cannot, "eth_getBlockReceipts", "latest");
    sort(probe, "fee history", can, cannot, "eth_feeHistory", "0x1", "latest", List.of());
    sort(probe, "state by hash", can, cannot, "eth_getBalance", ZERO, Map.of("blockHash", hash));
    sort(probe, "proofs", can, cannot, "eth_getProof", ZERO, List.of(), "latest");
    // Masked as a whole: half of a key is a secret too.
    String client = probe.clean(probe.ask("web3_clientVersion").result().asText());
    OptionalLong head = number(latest.path("number"));
    return new EndpointReport(
        probe.endpoint().name(),
        probe.endpoint().operator().id(),
        chain,
        client.length() > 60 ? client.substring(0, 60) : client,
        head,
        syncing.isObject(),
        number(finalBlock.path("number")),
        falls,
        latencies,
        can,
        cannot,
        probe.certificateEnd(),
        probe.limited(),
        head.isPresent() ? Optional.empty() : why(probe, "does not tell its newest block"));
  }

  private static Optional<String> why(EndpointProbe probe, String otherwise) {
    return Optional.of(probe.limited().or(probe::failure).orElse(otherwise));
  }

  private static EndpointReport silent(EndpointProbe probe) {
    return new EndpointReport(
        probe.endpoint().name(),
        probe.endpoint().operator().id(),
        OptionalLong.empty(),
        "",
        OptionalLong.empty(),
        false,
        OptionalLong.empty(),
        0,
        List.of(),
        List.of(),
        List.of(),
        probe.certificateEnd(),
        probe.limited(),
        why(probe, "does not tell its chain id"));
  }

  private static void sort(
      EndpointProbe probe,
      String what,
      List<String> can,
      List<String> cannot,
      String method,
      Object... params) {
    (probe.ask(method, params).hasResult() ? can : cannot).add(what);
  }

  private static OptionalLong number(JsonNode json) {
    return json.isTextual() && QUANTITY.matcher(json.asText()).matches()
        ? OptionalLong.of(Long.parseLong(json.asText().substring(2), 16))
        : OptionalLong.empty();
  }

  /** The latency that so many percent of the answers did not exceed; empty without answers. */
  Optional<Duration> latency(int percent) {
    if (latencies.isEmpty()) {
      return Optional.empty();
    }
    int index = (latencies.size() * percent + 99) / 100 - 1;
    return Optional.of(Duration.ofNanos(latencies.get(Math.max(0, index))));
  }

  /** Whether several nodes seem to answer under its name. */
  boolean isInconsistent() {
    return falls >= SEVERAL_FALLS;
  }

  OptionalLong certificateDays(Instant now) {
    return certificateEnd
        .map(end -> OptionalLong.of(Duration.between(now, end).toDays()))
        .orElse(OptionalLong.empty());
  }

  /** One object for programs. */
  ObjectNode json(Instant now, OptionalLong highest, String agreement) {
    ObjectNode json = JsonEvents.event("endpoint").put("name", name).put("operator", operator);
    chain.ifPresent(id -> json.put("chain", id));
    json.put("client", client);
    head.ifPresent(number -> json.put("head", number));
    if (head.isPresent() && highest.isPresent()) {
      json.put("lag", highest.getAsLong() - head.getAsLong());
    }
    finalized.ifPresent(number -> json.put("finalized", number));
    json.put("syncing", syncing).put("inconsistent", isInconsistent());
    for (int percent : List.of(50, 95, 100)) {
      latency(percent).ifPresent(l -> json.put("p" + percent + "Micros", l.toNanos() / 1000));
    }
    ArrayNode able = json.putArray("can");
    can.forEach(able::add);
    ArrayNode unable = json.putArray("cannot");
    cannot.forEach(unable::add);
    certificateDays(now).ifPresent(days -> json.put("certificateDays", days));
    json.put("limit", limited.orElse("none seen")).put("agreement", agreement);
    failure.ifPresent(why -> json.put("failure", why));
    return json;
  }
}
