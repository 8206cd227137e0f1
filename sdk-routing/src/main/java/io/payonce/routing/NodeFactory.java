package io.payonce.routing;

import io.payonce.ChainProfile;
import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.RpcTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Makes the nodes of one pool, at its start and whenever its endpoints change. Thread-safe. */
final class NodeFactory {
  final ChainProfile chain;
  final Wiring wiring;
  final ReferenceHead reference = new ReferenceHead();
  private final Function<Endpoint, RpcTransport> reach;
  private final boolean singleOperator;

  NodeFactory(
      ChainProfile chain,
      Wiring wiring,
      Function<Endpoint, RpcTransport> reach,
      boolean singleOperator) {
    this.chain = chain;
    this.wiring = wiring;
    this.reach = reach;
    this.singleOperator = singleOperator;
  }

  /** What keeps a running pool from working with these. */
  List<Problem> problems(List<Endpoint> endpoints, RoutingPolicy next) {
    List<Problem> problems =
        new ArrayList<>(EndpointChecks.problems(endpoints, next, singleOperator));
    RoutingPolicy now = wiring.policy;
    if (next.bodyCap() != now.bodyCap()) {
      problems.add(fixed("bodyCap", next.bodyCap(), now.bodyCap()));
    }
    if (!next.mandatory().equals(now.mandatory())) {
      // Without it fewer could agree at once, and nobody would notice.
      problems.add(fixed("mandatory", next.mandatory(), now.mandatory()));
    }
    if (next.proofs().compareTo(now.proofs()) < 0) {
      problems.add(fixed("proofs", next.proofs(), now.proofs() + " or more")); // the same
    }
    return problems;
  }

  private static Problem fixed(String field, Object next, Object now) {
    return new Problem(
        "policy." + field, next.toString(), "as before, " + now, "build another pool with it");
  }

  /** Who must agree among these voters. */
  QuorumRule rule(Set<Operator> voters) {
    return wiring.policy.quorum().isPresent()
        ? new QuorumRule(voters, wiring.policy.quorum().getAsInt())
        : QuorumRule.majority(voters);
  }

  Node node(Endpoint endpoint) {
    double perSecond =
        endpoint.requestsPerSecond().isPresent()
            ? endpoint.requestsPerSecond().getAsInt()
            : Double.POSITIVE_INFINITY;
    EndpointState state =
        new EndpointState(wiring.policy, chain.limits().maxLag(), chain.blockTime());
    Turnstile turnstile = new Turnstile(wiring, perSecond);
    return new Node(
        endpoint, reach.apply(endpoint), wiring, state, turnstile, reference, probeInterval());
  }

  /** A new head is what a probe learns; more often than that is waste. */
  Duration probeInterval() {
    Duration least = Duration.ofSeconds(1);
    Duration most = Duration.ofSeconds(10);
    Duration block = chain.blockTime();
    return wiring
        .policy
        .probeInterval()
        .orElse(block.compareTo(least) < 0 ? least : block.compareTo(most) > 0 ? most : block);
  }
}
