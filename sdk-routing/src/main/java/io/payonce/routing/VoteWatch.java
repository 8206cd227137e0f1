package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.ControlQuestion.Heard;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which operators have ceased to answer critical reads, by whatever words. A node's error is an
 * answer to the health of its endpoint, as a bad transaction must not cost a provider; to a vote it
 * is none, and keeps an honest operator from voting as well as silence does.
 *
 * <p>Who does not answer what it has answered before may have good reason: the block is old, or not
 * there yet. So it is asked a {@link ControlQuestion} of each such method, at once and a second
 * later. Who misses all three is gone, until it answers the method again. What was never answered
 * is something the operator does not have, and no vote that is missed.
 *
 * <p>Thread-safe; monitors are held for a few assignments. Nothing is asked while all answer, and
 * one body in two seconds of each endpoint of an operator at most while its answers are good.
 */
final class VoteWatch {
  static final int MISSES_UNTIL_GONE = 3;
  static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Between a control question that was answered and the next one: what is asked may be old. */
  static final long APART_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final Roster roster;
  private final Wiring wiring;
  private final Map<Operator, Voter> voters = new ConcurrentHashMap<>();

  VoteWatch(Roster roster, Wiring wiring) {
    this.roster = roster;
    this.wiring = wiring;
  }

  /** Whether it is reached, and answers nothing of some kind that it has answered before. */
  boolean isGone(Operator operator) {
    Voter voter = voters.get(operator);
    return voter != null && voter.gone;
  }

  /** Others are asked from now on: what the rest said is of no interest any more. */
  void operators(Set<Operator> all) {
    voters.keySet().retainAll(all);
  }

  /**
   * What an operator said in a critical read, after its second try.
   *
   * @param node the last one of it that was asked
   */
  void heard(Node node, List<RpcRequest<?>> requests, List<RpcOutcome<?>> outcomes) {
    Voter voter = voters.computeIfAbsent(node.endpoint.operator(), Voter::new);
    List<Said> all = new ArrayList<>(requests.size());
    boolean isVerified = node.state.isVerified();
    for (int i = 0; i < requests.size(); i++) {
      RpcRequest<?> request = requests.get(i);
      all.add(Said.of(request, request, outcomes.get(i), isVerified));
    }
    voter.heard(all);
    voter.plan();
  }

  /** What came of a request, or of a control question in its place. */
  private record Said(RpcRequest<?> request, Heard heard, RpcOutcome<?> outcome) {
    static Said of(
        RpcRequest<?> request, RpcRequest<?> asked, RpcOutcome<?> outcome, boolean isVerified) {
      return new Said(request, ControlQuestion.heard(asked, outcome, isVerified), outcome);
    }

    @Override
    public String toString() {
      String words =
          !(outcome instanceof RpcOutcome.Failed<?> failed)
              ? "null"
              : failed.failure() instanceof RpcFailure.NodeError error
                  ? error.code() + " " + error.message()
                  : failed.failure().message();
      return request.method() + ": " + words;
    }
  }

  /** A method that is answered no more: since how many questions, and what was said last. */
  private record Missed(int times, Said last) {
    Missed again(Said said) {
      return new Missed(Math.min(times + 1, MISSES_UNTIL_GONE), said);
    }
  }

  private final class Voter {
    private final Operator operator;

    /** The methods that it has answered. Blocks are what every node has. */
    @GuardedBy("this")
    private final Set<String> known = new HashSet<>(Set.of("eth_getBlockByNumber"));

    @GuardedBy("this")
    private final SortedMap<String, Missed> missed = new TreeMap<>();

    /** A control question is planned or under way. */
    @GuardedBy("this")
    private boolean isAsking;

    @GuardedBy("this")
    private OptionalLong askedAt = OptionalLong.empty();

    /** Written under the monitor. */
    private volatile boolean gone;

    Voter(Operator operator) {
      this.operator = operator;
    }

    /** Answers to a critical read: further misses are counted by control questions alone. */
    void heard(List<Said> all) {
      update(all, false);
    }

    private void update(List<Said> all, boolean isControl) {
      boolean turned;
      List<Said> why;
      synchronized (this) {
        for (Said said : all) {
          String method = said.request().method();
          if (said.heard() == Heard.ANSWERED) {
            known.add(method);
            missed.remove(method);
          } else if (said.heard() == Heard.NOT_ANSWERED) {
            if (isControl) {
              missed.computeIfPresent(method, (same, before) -> before.again(said));
            } else if (known.contains(method)) {
              missed.putIfAbsent(method, new Missed(1, said));
            }
          }
        }
        why =
            missed.values().stream()
                .filter(one -> one.times() >= MISSES_UNTIL_GONE)
                .map(Missed::last)
                .toList();
        turned = gone == why.isEmpty();
        gone = !why.isEmpty();
      }
      if (turned && why.isEmpty()) {
        LOG.info("chain {}: {} votes again", wiring.chainId, operator);
      } else if (turned) {
        LOG.warn("chain {}: {} votes no more: {}", wiring.chainId, operator, why);
      }
      if (turned) {
        wiring.endpointChanged();
      }
    }

    /** Has a control question asked where one is needed, and none is coming. */
    void plan() {
      long pause;
      synchronized (this) {
        if (missed.isEmpty() || isAsking) {
          return;
        }
        isAsking = true;
        long next = askedAt.isEmpty() ? 0 : askedAt.getAsLong() + APART_NANOS - wiring.now();
        pause = Math.max(0, next);
      }
      wiring.later(pause, this::ask);
    }

    /** Asks each endpoint that can be reached; of the others their probes will tell. */
    private void ask() {
      List<Node> voices = roster.voicesOf(operator);
      List<RpcRequest<?>> open = new ArrayList<>();
      synchronized (this) {
        missed.values().forEach(one -> open.add(one.last().request()));
        // Where nobody asks for anything any more, the next read will tell.
        isAsking = !open.isEmpty() && !voices.isEmpty() && !wiring.isIdle() && !wiring.isClosed();
        if (!isAsking) {
          return;
        }
        askedAt = OptionalLong.of(wiring.now());
      }
      List<CompletableFuture<List<Said>>> all = new ArrayList<>();
      for (Node node : voices) {
        if (node.state.isUsable(wiring.now())) {
          all.add(ask(node, open));
        }
      }
      Wiring.detach(
          CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
              .thenRun(() -> asked(best(all))));
    }

    private CompletableFuture<List<Said>> ask(Node node, List<RpcRequest<?>> open) {
      List<RpcRequest<?>> questions = new ArrayList<>();
      for (RpcRequest<?> request : open) {
        questions.add(ControlQuestion.of(request, node.state.ownBlock()));
      }
      return node.ask(questions, wiring.policy.quickDeadline().toNanos(), Use.VOTE)
          .outcomes
          .thenApply(
              outcomes -> {
                List<Said> said = new ArrayList<>();
                for (int i = 0; i < open.size(); i++) {
                  said.add(
                      Said.of(
                          open.get(i), questions.get(i), outcomes.get(i), node.state.isVerified()));
                }
                return said;
              });
    }

    /** Of each request the best that any endpoint of the operator did with it. */
    private static List<Said> best(List<CompletableFuture<List<Said>>> all) {
      SortedMap<String, Said> best = new TreeMap<>();
      for (CompletableFuture<List<Said>> one : all) {
        for (Said said : one.join()) {
          best.merge(
              said.request().method(),
              said,
              (before, next) -> next.heard().compareTo(before.heard()) < 0 ? next : before);
        }
      }
      return List.copyOf(best.values());
    }

    private void asked(List<Said> answers) {
      update(answers, true);
      long pause;
      synchronized (this) {
        isAsking = !missed.isEmpty();
        if (!isAsking) {
          return;
        }
        pause = gone ? EndpointState.LAST_PROBE_NANOS : AGAIN_NANOS;
        pause = Math.max(0, askedAt.orElseThrow() + pause - wiring.now());
      }
      wiring.later(pause, this::ask);
    }
  }
}
