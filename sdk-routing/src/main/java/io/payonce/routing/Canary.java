package io.payonce.routing;

import io.payonce.routing.CredentialDifference.Said;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Ballot;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Asks an operator a second time what it voted on, under the credential of another endpoint: one
 * that lies to a single customer does not know who asks with the other key. Beside the vote and
 * without any part in it.
 *
 * <p>Only facts at a block are compared, which honest endpoints answer alike. When two answers
 * differ both endpoints are asked once more, as a chain may change between two questions; when they
 * differ again, both are suspect, as nobody knows which of them was lied to.
 */
final class Canary<T> {
  private final Wiring wiring;
  private final Fact<T> fact;
  private final Operator operator;
  private final List<Node> voices;

  /** What an endpoint said, decoded and as it was. */
  private record Raw(Object value, String text) {}

  private record Heard<T>(Ballot<T> ballot, String text) {}

  private Canary(Wiring wiring, Fact<T> fact, Operator operator, List<Node> voices) {
    this.wiring = wiring;
    this.fact = fact;
    this.operator = operator;
    this.voices = voices;
  }

  /** For so many of a hundred reads as the policy says; mostly empty. */
  static <T> Optional<Canary<T>> drawn(Roster roster, Wiring wiring, Fact<T> fact) {
    if (wiring.policy.canaryPercent() == 0) {
      return Optional.empty();
    }
    wiring.canaries.earn();
    List<Operator> several = new ArrayList<>();
    for (Operator operator : roster.operators()) {
      if (roster.voicesOf(operator).size() > 1) {
        several.add(operator);
      }
    }
    if (several.isEmpty() || !isOfBlock(fact) || !wiring.canaries.spend()) {
      return Optional.empty();
    }
    Operator operator = several.get(wiring.random(several.size()));
    return Optional.of(new Canary<>(wiring, fact, operator, roster.voicesOf(operator)));
  }

  /** Others ask for what is newest, or for an estimate. */
  private static boolean isOfBlock(Fact<?> fact) {
    return fact instanceof Fact.Nonce
        || fact instanceof Fact.Balance
        || fact instanceof Fact.AccountAt
        || fact instanceof Fact.CallResult
        || fact instanceof Fact.Code
        || fact instanceof Fact.Storage
        || fact instanceof Fact.LogsIn
        || fact instanceof Fact.ReceiptOf
        || fact instanceof Fact.ReceiptsOf;
  }

  /** An operator has voted; does nothing when it is not the one to be compared. */
  void voted(Operator voter, Node first, Ballot<T> vote) {
    if (!voter.equals(operator) || !(vote instanceof Ballot.Vote<T>)) {
      return;
    }
    List<Node> others = voices.stream().filter(node -> node != first).toList();
    Optional<Node> second = Roster.best(others, State.SUSPECT, Use.READ, wiring);
    second.ifPresent(
        node ->
            ask(
                node,
                heard -> {
                  if (differ(vote, heard.ballot())) {
                    ask(first, again -> ask(node, last -> compare(first, again, node, last)));
                  }
                }));
  }

  private static boolean differ(Ballot<?> one, Ballot<?> other) {
    return one instanceof Ballot.Vote<?> && other instanceof Ballot.Vote<?> && !one.equals(other);
  }

  private void compare(Node first, Heard<T> again, Node second, Heard<T> last) {
    if (!differ(again.ballot(), last.ballot())) {
      return;
    }
    String asked = fact.getClass().getSimpleName();
    CredentialDifference found =
        new CredentialDifference(
            operator, asked, said(first, again.text()), said(second, last.text()));
    first.suspect("answers " + asked + " otherwise than " + second.endpoint.name());
    second.suspect("answers " + asked + " otherwise than " + first.endpoint.name());
    wiring.announcer.tell(listener -> listener.credentialsDiffer(found));
  }

  /** Takes what one endpoint says. */
  private interface Then<T> {
    void take(Heard<T> heard);
  }

  private void ask(Node node, Then<T> then) {
    List<RpcRequest<?>> kept = new ArrayList<>();
    fact.requests().forEach(request -> kept.add(kept(request)));
    Wiring.detach(
        node.askAside(kept, wiring.policy.criticalDeadline().toNanos())
            .thenAccept(outcomes -> then.take(heard(node, outcomes))));
  }

  private static RpcRequest<Raw> kept(RpcRequest<?> request) {
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> new Raw(request.decoder().decode(json), String.valueOf(json)));
  }

  private Heard<T> heard(Node node, List<RpcOutcome<?>> outcomes) {
    List<RpcOutcome<?>> plain = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (RpcOutcome<?> outcome : outcomes) {
      if (outcome instanceof RpcOutcome.Ok<?> ok && ok.value() instanceof Raw raw) {
        plain.add(new RpcOutcome.Ok<>(raw.value(), ok.endpoint()));
        text.append(raw.text()).append('\n');
      } else {
        plain.add(outcome);
      }
    }
    return new Heard<>(CriticalRead.ballot(node, fact, plain), text.toString());
  }

  private static Said said(Node node, String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return new Said(node.endpoint.name(), HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException everyJvmHasIt) {
      throw new IllegalStateException(everyJvmHasIt);
    }
  }
}
