package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.SignedTransaction;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every verdict at each of three operators, sent alone and with others, cancelled at each point of
 * the way, looked for afterwards or not: one right outcome each, the same bytes, and no more of
 * them than a proven {@code NONE} allows.
 */
final class BroadcastOutcomesTest {
  private static final String SEND = "eth_sendRawTransaction";
  private static final List<String> NAMES = List.of("a", "b", "c");

  /** The transaction that the verdicts are about, and one that every node likes. */
  private static final SignedTransaction TX = Rig.transaction(1);

  private static final SignedTransaction OTHER = Rig.transaction(2);

  /** A resend is for what provably did not leave, once. */
  private static final int RESENDS = 1;

  /** When the caller gives up. */
  private enum Cancel {
    NEVER,
    AT_ONCE,
    /** Bytes are on their way. */
    WHILE_SENT,
    /** Some have answered, and others get it now. */
    AFTER_FIRST
  }

  private static Says says(Verdict verdict, Received request) {
    boolean about = request.params().get(0).asText().equals(TX.raw().toHex());
    SignedTransaction asked = about ? TX : OTHER;
    Says taken = text(asked.hash().value());
    return switch (verdict) {
      case ACCEPTED -> taken;
      case ALREADY_KNOWN -> about ? error(-32000, "already known") : taken;
      case REJECTED -> about ? error(-32003, "insufficient funds for transfer") : taken;
      case WRONG_HASH -> about ? text("0x" + "66".repeat(32)) : taken;
      case AMBIGUOUS -> fault(BytesSent.ALL);
      case NOT_SENT -> fault(BytesSent.NONE);
    };
  }

  /** What the other transaction met there: only a fault of the exchange is a fate they share. */
  private static Verdict ofOther(Verdict verdict) {
    return verdict == Verdict.AMBIGUOUS || verdict == Verdict.NOT_SENT ? verdict : Verdict.ACCEPTED;
  }

  private static Outcome expected(Set<Verdict> seen) {
    if (seen.contains(Verdict.ACCEPTED) || seen.contains(Verdict.ALREADY_KNOWN)) {
      return Outcome.ACCEPTED;
    }
    if (seen.contains(Verdict.AMBIGUOUS) || seen.contains(Verdict.WRONG_HASH)) {
      return Outcome.AMBIGUOUS;
    }
    return seen.contains(Verdict.REJECTED) ? Outcome.REJECTED : Outcome.NOT_SENT;
  }

  @ParameterizedTest
  @EnumSource(Cancel.class)
  void every_broadcast_fault_has_one_right_outcome(Cancel cancel) {
    Set<Outcome> outcomes = EnumSet.noneOf(Outcome.class);
    for (Verdict a : Verdict.values()) {
      for (Verdict b : Verdict.values()) {
        for (Verdict c : Verdict.values()) {
          for (BroadcastOptions options :
              List.of(BroadcastOptions.DEFAULT, BroadcastOptions.EVERYONE)) {
            for (boolean alone : List.of(true, false)) {
              outcomes.add(judge(List.of(a, b, c), options, alone, cancel));
            }
          }
        }
      }
    }
    assertThat(outcomes).isEqualTo(EnumSet.allOf(Outcome.class));
  }

  private static Outcome judge(
      List<Verdict> verdicts, BroadcastOptions options, boolean alone, Cancel cancel) {
    Rig rig = Rig.of("a", "b", "c");
    Map<String, Verdict> by = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      Verdict verdict = verdicts.get(i);
      by.put(NAMES.get(i), verdict);
      rig.at(NAMES.get(i)).script = request -> says(verdict, request);
    }
    String which = verdicts + " " + options + " alone: " + alone + ", cancelled " + cancel;
    List<SignedTransaction> txs = alone ? List.of(TX) : List.of(TX, OTHER);
    CompletableFuture<?> sent =
        alone ? rig.pool().broadcast(TX, options) : rig.pool().broadcastAll(txs, options);
    switch (cancel) {
      case NEVER -> {}
      case AT_ONCE -> sent.cancel(true);
      case WHILE_SENT -> {
        rig.time.runFor(Duration.ofMillis(15)); // the chain id was proven by now
        sent.cancel(true);
      }
      case AFTER_FIRST -> {
        rig.time.runFor(Duration.ofMillis(25));
        sent.cancel(true);
      }
    }
    rig.time.runFor(Duration.ofSeconds(7));
    assertThat(sent).as(which).isDone();
    for (SignedTransaction tx : txs) {
      judge(rig, by, tx, options, which);
    }
    return rig.pool().evidence(TX.hash()).orElseThrow().outcome();
  }

  private static void judge(
      Rig rig,
      Map<String, Verdict> by,
      SignedTransaction tx,
      BroadcastOptions options,
      String which) {
    BroadcastEvidence evidence = rig.pool().evidence(tx.hash()).orElseThrow();
    Set<Verdict> got = EnumSet.noneOf(Verdict.class);
    Set<String> asked = new TreeSet<>();
    for (BroadcastEvidence.Answer answer : evidence.answers()) {
      Verdict expected = by.get(answer.endpoint());
      assertThat(answer.verdict())
          .as("%s: %s", which, evidence)
          .isEqualTo(tx.hash().equals(TX.hash()) ? expected : ofOther(expected));
      got.add(answer.verdict());
      asked.add(answer.endpoint());
    }
    assertThat(evidence.outcome()).as(which).isEqualTo(expected(got));
    boolean taken = got.contains(Verdict.ACCEPTED) || got.contains(Verdict.ALREADY_KNOWN);
    boolean toAll = options.equals(BroadcastOptions.EVERYONE) || !taken;
    assertThat(asked.size()).as(which).isBetween(toAll ? 3 : 2, 3);
    for (String name : NAMES) {
      List<String> raws = sentTo(rig.at(name));
      String raw = tx.raw().toHex();
      assertThat(raws)
          .as(which)
          .allMatch(r -> r.equals(TX.raw().toHex()) || r.equals(OTHER.raw().toHex()));
      long times = raws.stream().filter(raw::equals).count();
      assertThat(times)
          .as("%s: at %s", which, name)
          .isBetween(
              asked.contains(name) && by.get(name) != Verdict.NOT_SENT ? 1L : 0L,
              by.get(name) == Verdict.NOT_SENT ? 1L + RESENDS : 1L);
      boolean lied =
          asked.contains(name) && by.get(name) == Verdict.WRONG_HASH && tx.hash().equals(TX.hash());
      if (lied) {
        assertThat(rig.health(name).state()).as(which).isEqualTo(State.QUARANTINED);
      }
    }
  }

  /** The bytes that an endpoint was sent, in every body that reached it or was lost on its way. */
  private static List<String> sentTo(ScriptedTransport transport) {
    List<String> raws = new ArrayList<>();
    for (String body : transport.bodies) {
      JsonNode json = ScriptedTransport.parse(body);
      for (JsonNode request : json.isArray() ? json : List.of(json)) {
        if (request.get("method").asText().equals(SEND)) {
          raws.add(request.get("params").get(0).asText());
        }
      }
    }
    return raws;
  }

  /** Whoever holds it afterwards shows it, or nobody does: what was said before stays as it was. */
  @Test
  void looking_for_it_changes_no_evidence_and_sees_whoever_shows_our_signature() {
    for (Verdict a : Verdict.values()) {
      for (Verdict b : Verdict.values()) {
        for (Verdict c : Verdict.values()) {
          for (int holders : new int[] {0, 1, 6}) {
            look(List.of(a, b, c), holders);
          }
        }
      }
    }
  }

  private static void look(List<Verdict> verdicts, int holders) {
    Rig rig = Rig.of("a", "b", "c");
    String shown = Rig.shown(TX);
    TreeSet<Operator> takers = new TreeSet<>();
    TreeSet<Operator> showing = new TreeSet<>();
    for (int i = 0; i < 3; i++) {
      Verdict verdict = verdicts.get(i);
      boolean holds = (holders >> i & 1) == 1;
      rig.at(NAMES.get(i)).script =
          request ->
              request.method().equals(SEND)
                  ? says(verdict, request)
                  : result(holds ? shown : "null");
    }
    rig.await(rig.pool().broadcast(TX, BroadcastOptions.EVERYONE));
    rig.time.runFor(Duration.ofSeconds(3));
    BroadcastEvidence deferred = rig.pool().evidence(TX.hash()).orElseThrow();
    for (int i = 0; i < 3; i++) {
      Verdict verdict = verdicts.get(i);
      Operator operator = new Operator(NAMES.get(i));
      if (verdict == Verdict.ACCEPTED) {
        takers.add(operator);
      }
      boolean mayBeAsked = rig.health(NAMES.get(i)).state() != State.QUARANTINED;
      if ((holders >> i & 1) == 1 && mayBeAsked) {
        showing.add(operator);
      }
    }
    if (takers.size() < 3) {
      showing.removeAll(takers); // those that did not take it from us are asked, if there are any
    }
    Sighting now = rig.await(rig.pool().sighting(TX));
    String which = verdicts + " held by " + holders + ": " + now;
    assertThat(now.holders()).as(which).isSubsetOf(showing);
    assertThat(now.holders().isEmpty()).as(which).isEqualTo(showing.isEmpty());
    assertThat(now.independent()).as(which).isEqualTo(!showing.isEmpty() && takers.size() < 3);
    assertThat(rig.pool().evidence(TX.hash())).as(which).contains(deferred);
  }
}
