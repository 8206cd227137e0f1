package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.internal.HeaderCheck;
import io.payonce.internal.StateProof;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Ballot;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One critical read: every configured operator is asked at once, each has one vote, and the rule
 * counts. An operator without a usable answer gets a second try in what is left of the deadline.
 * Who is down is left in peace as long as the others can make a quorum; without one the read is
 * lost anyway, so then everybody is asked: an endpoint that loses every second request still has a
 * vote.
 *
 * <p>A header that does not give the hash it names is a lie: its endpoint has no vote and goes into
 * quarantine. Where the policy asks for {@link Proofs#STATE}, the result waits for a proof under
 * the header that a quorum has voted on, for as long as somebody may have one. Whoever is refuted
 * by it is named at once and asked a second time, between two looks at the block, as a
 * reorganisation in the moment of the question is no lie; the same answer again is one.
 *
 * <p>Ballots arrive on several threads; the monitor guards them while they are counted, and nothing
 * is asked or completed under it. Each try is bounded by the deadline, so the last ballot, and with
 * it the result, is there in time by construction.
 */
final class CriticalRead<T> {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final long RETRY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Roster roster;
  private final Wiring wiring;
  private final VoteWatch votes;
  private final QuorumRule rule;
  private final Fact<T> fact;
  private final List<RpcRequest<?>> requests;
  private final boolean ethereumHeaders;
  private final Optional<AccountProver<T>> prover;
  private final Optional<Canary<T>> canary;
  private final long deadline;
  private final long firstTryNanos;
  private final State worst;
  private final CompletableFuture<QuorumResult<T>> result = new CompletableFuture<>();

  @GuardedBy("this")
  private final Map<Operator, Ballot<T>> ballots = new TreeMap<>();

  @GuardedBy("this")
  private final Map<Operator, Node> voters = new LinkedHashMap<>();

  @GuardedBy("this")
  private final List<Operator> dissenters = new ArrayList<>();

  /** What the header shows that came with a vote. */
  @GuardedBy("this")
  private final Map<Operator, Proof> headers = new TreeMap<>();

  @GuardedBy("this")
  private final ProofSearch<T> search;

  @GuardedBy("this")
  private boolean graceStarted;

  CriticalRead(
      Roster roster,
      Wiring wiring,
      VoteWatch votes,
      QuorumRule rule,
      Fact<T> fact,
      long deadlineNanos,
      boolean ethereumHeaders) {
    this.roster = roster;
    this.wiring = wiring;
    this.votes = votes;
    this.rule = rule;
    this.fact = fact;
    this.ethereumHeaders = ethereumHeaders;
    Proofs proofs = wiring.policy.proofs();
    this.requests = proofs == Proofs.NONE ? fact.requests() : HeadedQuestion.of(fact.requests());
    Optional<ProvableFact<T>> provable =
        proofs.compareTo(Proofs.STATE) >= 0 ? ProvableFact.of(fact) : Optional.empty();
    this.prover = provable.map(part -> new AccountProver<>(roster, wiring, fact, part));
    this.canary = Canary.drawn(roster, wiring, fact);
    this.search = new ProofSearch<>(provable, rule);
    this.deadline = wiring.now() + deadlineNanos;
    this.firstTryNanos = deadlineNanos / 2;
    long reachable =
        rule.voters().stream()
            .filter(operator -> roster.best(voices(operator), State.SUSPECT, Use.VOTE).isPresent())
            .count();
    this.worst = reachable < rule.required() ? State.DOWN : State.SUSPECT;
  }

  /** Completes on the executor, normally. */
  CompletableFuture<QuorumResult<T>> start() {
    for (Operator operator : rule.voters()) {
      Optional<Node> node = roster.best(voices(operator), worst, Use.VOTE);
      wiring.secondVotes.earn();
      if (node.isPresent()) {
        ask(operator, node.get(), firstTryNanos, true);
      } else {
        wiring.run(() -> cast(operator, new Ballot.Absent<>(whyNobody(operator))));
      }
    }
    return result;
  }

  /** Those of the operator's endpoints that have what is asked, as far as anybody knows. */
  private List<Node> voices(Operator operator) {
    return Roster.able(roster.voicesOf(operator), requests, wiring.now());
  }

  /** No endpoint of the operator may be asked: its probes will bring it back, not this read. */
  private String whyNobody(Operator operator) {
    StringBuilder why = new StringBuilder("no endpoint to ask:");
    long now = wiring.now();
    for (Node node : roster.voicesOf(operator)) {
      String reason = node.state.reason();
      boolean full = node.turnstile.room(now, Use.VOTE) == Turnstile.Room.NONE;
      why.append(' ').append(node.endpoint.name()).append(' ').append(node.state.state());
      why.append(node.state.isThrottled(now) ? " throttled" : full ? " full" : "");
      why.append(reason.isEmpty() ? "" : " (" + reason + ")");
    }
    return why.toString();
  }

  private void ask(Operator operator, Node node, long timeoutNanos, boolean mayRetry) {
    Wiring.detach(
        node.ask(requests, timeoutNanos, Use.VOTE)
            .outcomes
            .thenAccept(outcomes -> read(operator, node, outcomes, mayRetry)));
  }

  private void read(Operator operator, Node node, List<RpcOutcome<?>> answers, boolean mayRetry) {
    HeadedQuestion.Heard heard = HeadedQuestion.heard(answers);
    List<RpcOutcome<?>> outcomes = heard.outcomes();
    Ballot<T> ballot = exposed(node, heard).orElseGet(() -> ballot(node, fact, outcomes));
    if (ballot instanceof Ballot.Vote<T>) {
      synchronized (this) {
        voters.put(operator, node);
        headers.put(operator, shown(heard));
        for (HeaderCheck check : heard.checks()) {
          search.look(check);
        }
      }
    } else if (mayRetry && !result.isDone()) {
      Optional<Node> second = secondTry(operator, node, outcomes);
      if (second.isPresent() && wiring.secondVotes.spend()) {
        tryAgain(operator, node, second.get(), ballot);
        return;
      }
    }
    cast(operator, ballot);
    votes.heard(node, requests, outcomes);
    canary.ifPresent(second -> second.voted(operator, node, ballot));
  }

  /** An endpoint that shows a header of another hash than it names has no vote, now and later. */
  private Optional<Ballot<T>> exposed(Node node, HeadedQuestion.Heard heard) {
    for (HeaderCheck check : heard.checks()) {
      if (ethereumHeaders && check instanceof HeaderCheck.False lie) {
        node.lied(lie.why());
        return Optional.of(new Ballot.Absent<>(node.endpoint.name() + " " + lie.why()));
      }
    }
    return Optional.empty();
  }

  private static Proof shown(HeadedQuestion.Heard heard) {
    if (heard.checks().isEmpty()) {
      return Proof.NONE;
    }
    return heard.checks().stream().allMatch(check -> check instanceof HeaderCheck.Proven)
        ? Proof.HEADER
        : Proof.UNVERIFIABLE;
  }

  /**
   * What an endpoint says of the fact. What cannot be read is no vote, and neither is an absence
   * under a name that several nodes have; the read must end even then.
   */
  static <T> Ballot<T> ballot(Node node, Fact<T> fact, List<RpcOutcome<?>> outcomes) {
    try {
      Ballot<T> ballot = fact.ballot(outcomes);
      return node.state.isInconsistent()
              && ballot instanceof Ballot.Vote<T> vote
              && fact.saysAbsent(vote.value())
          ? new Ballot.Absent<>(node.state.cannotKnowAbsence(node.endpoint))
          : ballot;
    } catch (RuntimeException defect) {
      LOG.error("defect in the fact {}", fact.getClass().getSimpleName(), defect);
      return new Ballot.Absent<>("cannot be read: " + defect.getClass().getSimpleName());
    }
  }

  /** Another endpoint of the operator; the same one only when its silence may have been chance. */
  private Optional<Node> secondTry(Operator operator, Node asked, List<RpcOutcome<?>> outcomes) {
    List<Node> others = new ArrayList<>(roster.voicesOf(operator));
    others.remove(asked);
    Optional<Node> other = roster.best(others, worst, Use.VOTE);
    boolean nodeSpoke =
        outcomes.stream()
            .allMatch(
                outcome ->
                    outcome instanceof RpcOutcome.Ok<?>
                        || (outcome instanceof RpcOutcome.Failed<?> failed
                            && failed.failure() instanceof RpcFailure.NodeError
                            && !ReplyReader.isRateLimit(outcome)));
    return other.isPresent() || nodeSpoke ? other : roster.best(List.of(asked), worst, Use.VOTE);
  }

  private void tryAgain(Operator operator, Node asked, Node second, Ballot<T> ballot) {
    long pause = second == asked ? RETRY_PAUSE_NANOS : 0;
    if (deadline - wiring.now() <= pause) {
      cast(operator, ballot);
    } else if (pause == 0) {
      ask(operator, second, deadline - wiring.now(), false);
    } else {
      wiring.later(
          pause,
          () -> {
            long left = deadline - wiring.now();
            if (left > 0) {
              ask(operator, second, left, false);
            } else {
              cast(operator, ballot);
            }
          });
    }
  }

  private void cast(Operator operator, Ballot<T> ballot) {
    synchronized (this) {
      ballots.put(operator, ballot);
    }
    count();
  }

  /** Counts once more. Ballots after the result are no longer votes, but still evidence. */
  private void count() {
    QuorumResult<T> tally;
    boolean complete;
    boolean startGrace = false;
    List<Node> dissent = new ArrayList<>();
    Map<Node, StateProof.Account> refuted = new LinkedHashMap<>();
    Optional<Operator> next;
    boolean waits;
    synchronized (this) {
      tally = tally();
      complete = ballots.size() == rule.voters().size();
      next = result.isDone() ? Optional.empty() : search.next(ballots);
      waits = !result.isDone() && (search.isAsking() || (!complete && mayStillBeProven()));
      for (Operator dissenter : waits ? List.<Operator>of() : against(tally)) {
        Node node = voters.get(dissenter);
        if (node != null && !dissenters.contains(dissenter)) {
          dissenters.add(dissenter);
          dissent.add(node);
          search.refuter(ballots.get(dissenter)).ifPresent(proof -> refuted.put(node, proof));
        }
      }
      if (!waits && tally instanceof QuorumResult.Agreed<T>) {
        startGrace = !complete && !graceStarted && fact.gainsFromMoreBallots();
        graceStarted |= startGrace;
      }
    }
    dissent.forEach(node -> node.dissented(fact.getClass().getSimpleName()));
    prover.ifPresent(asker -> refuted.forEach(asker::confront));
    next.ifPresent(this::prove);
    if (waits) {
      return;
    }
    if (startGrace) {
      long left = Math.max(0, deadline - wiring.now());
      wiring.later(Math.min(wiring.policy.grace().toNanos(), left), this::finish);
    } else if (complete
        || (tally instanceof QuorumResult.Agreed<T> && !fact.gainsFromMoreBallots())) {
      finish(tally);
    }
  }

  private void finish() {
    QuorumResult<T> tally;
    synchronized (this) {
      tally = tally();
    }
    finish(tally);
  }

  /** Who said something else than is agreed on, or than is proven, whether or not enough agree. */
  @GuardedBy("this")
  private List<Operator> against(QuorumResult<T> tally) {
    if (tally instanceof QuorumResult.Agreed<T> agreed) {
      return agreed.dissent();
    }
    List<Operator> refuted = new ArrayList<>();
    for (Map.Entry<Operator, Ballot<T>> one : ballots.entrySet()) {
      if (search.refuter(one.getValue()).isPresent()) {
        refuted.add(one.getKey());
      }
    }
    return refuted;
  }

  /** Somebody without a ballot may be able to give the proof that nobody else gave. */
  @GuardedBy("this")
  private boolean mayStillBeProven() {
    if (prover.isEmpty() || !search.isOpen(ethereumHeaders)) {
      return false;
    }
    for (Operator voter : rule.voters()) {
      if (!ballots.containsKey(voter) && prover.get().mayProve(voter)) {
        return true;
      }
    }
    return false;
  }

  /** Half of what time is left, so that the one after a silent one has some too. */
  private void prove(Operator operator) {
    byte[] stateRoot;
    synchronized (this) {
      stateRoot = search.stateRoot();
    }
    long timeout = (deadline - wiring.now()) / 2;
    Wiring.detach(
        prover.orElseThrow().ask(operator, stateRoot, timeout).thenAccept(this::answered));
  }

  private void answered(Optional<StateProof.Account> account) {
    synchronized (this) {
      search.answered(account);
    }
    count();
  }

  /** An agreement without the mandatory operator is none. */
  @GuardedBy("this")
  private QuorumResult<T> tally() {
    QuorumResult<T> tally = search.tally(fact, ballots);
    if (tally instanceof QuorumResult.Agreed<T> agreed && agreed.proof() == Proof.NONE) {
      Proof best = Proof.NONE;
      for (Operator operator : agreed.votes()) {
        Proof one = headers.getOrDefault(operator, Proof.NONE);
        best = one.compareTo(best) > 0 ? one : best;
      }
      tally = agreed.with(best);
    }
    Optional<Operator> mandatory = wiring.policy.mandatory();
    if (mandatory.isEmpty()
        || !(tally instanceof QuorumResult.Agreed<T> agreed)
        || agreed.votes().contains(mandatory.get())) {
      return tally;
    }
    return new QuorumResult.Unavailable<>(
        rule.required(),
        rule.voters().size(),
        agreed.dissent().contains(mandatory.get()),
        "the mandatory operator " + mandatory.get() + " does not agree with " + agreed.votes());
  }

  private void measure(QuorumResult<T> tally) {
    String asked = fact.getClass().getSimpleName();
    boolean conflict = tally instanceof QuorumResult.Unavailable<T> none && none.conflict();
    boolean dissent = tally instanceof QuorumResult.Agreed<T> agreed && !agreed.dissent().isEmpty();
    String result =
        tally instanceof QuorumResult.Agreed<T>
            ? dissent ? "dissent" : "agreed"
            : conflict ? "conflict" : "unavailable";
    wiring.meters.count("quorum", 1, "fact", asked, "result", result);
    if (conflict || dissent) {
      wiring.meters.count("conflict", 1, "fact", asked);
    }
    if (fact instanceof Fact.Height height && height.tag() != BlockTag.LATEST) {
      measureLags(Meters.label(height.tag()));
    }
  }

  /** How far each operator's block with this tag is behind that of the first one. */
  private void measureLags(String tag) {
    Map<Node, Long> heights = new LinkedHashMap<>();
    synchronized (this) {
      voters.forEach(
          (operator, node) -> {
            if (ballots.get(operator) instanceof Ballot.Vote<T> vote
                && vote.value() instanceof Long number) {
              heights.put(node, number);
            }
          });
    }
    long highest = heights.values().stream().mapToLong(Long::longValue).max().orElse(0);
    heights.forEach((node, number) -> node.meter.lags(tag, highest - number));
  }

  private void finish(QuorumResult<T> tally) {
    boolean first = result.complete(tally);
    if (first && wiring.meters.isOn()) {
      measure(tally);
    }
    if (first && tally instanceof QuorumResult.Unavailable<T> none && none.conflict()) {
      LOG.warn("operators disagree: {}", none.reason());
    }
  }
}
