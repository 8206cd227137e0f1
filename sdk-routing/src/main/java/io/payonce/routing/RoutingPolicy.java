package io.payonce.routing;

import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The pool's few settings. Values are checked when the pool is built.
 *
 * @param quickDeadline of a call to a method that a healthy node answers from memory (chain id, gas
 *     price): default 2 s, 0.1 to 120 s
 * @param readDeadline of any other ordinary call: default 3 s, 0.1 to 120 s
 * @param heavyDeadline of logs and the receipts of a whole block: default 10 s, 0.1 to 120 s
 * @param archiveDeadline of proofs and traces: default 30 s, 0.1 to 120 s
 * @param criticalDeadline of a critical read: default 5 s, 0.1 to 120 s. Two attempts of every
 *     operator fit in it
 * @param broadcastDeadline of a broadcast: default 6 s, 0.1 to 120 s. It is answered long before
 *     when an operator takes the bytes
 * @param attempts of one call, the first included: default 3, 1 to 8; calls that make a node
 *     compute get 2 at most
 * @param retryPercent how many retries all calls together may add once a burst of 100 is spent:
 *     default 10, 0 to 50. More would turn an outage of one provider into one of the others
 * @param hedgePercent how many calls may be asked at a second operator when the first one is slow:
 *     default 5, 0 to 20: those that take longer than 19 of 20
 * @param failuresUntilDown transport failures or timeouts in a row after which an endpoint is
 *     {@code DOWN}: default 3, 1 to 100. One lost packet is no outage
 * @param chainIdMaxAge how old the proof of an endpoint's chain id may be when bytes are sent:
 *     default 60 s, 5 to 600 s. A provider may re-route a name at any time
 * @param bulkhead bodies under way at one endpoint: default 64, 1 to 1024. A fifth of them is kept
 *     for broadcasts and critical reads
 * @param maxQueueWait how long a read waits in line at an endpoint that is full, before another one
 *     is asked: default 200 ms, 0 to 10 s. It is a part of the deadline. Votes and broadcasts,
 *     which have no other endpoint to ask, go first and wait for as long as they have time
 * @param probeInterval how old the knowledge about an endpoint may become while the pool is in use:
 *     default the block time, 1 to 10 s; 0.5 to 60 s. What traffic tells saves the probe
 * @param grace how long a critical read that has its quorum waits for further ballots, when they
 *     make the answer better, and a broadcast that was accepted for the other answers: default 150
 *     ms, 0 to 5 s
 * @param viewTtl how long a {@link ChainView} may be read: default 60 s, 1 s to 10 min. A full node
 *     keeps the state of its last 128 blocks, which is 25 minutes on Ethereum and less than one on
 *     chains with blocks of a quarter of a second
 * @param traces of how many calls the decisions are kept ({@link RpcPool#traces}): default 0, 0 to
 *     10,000. A traced call costs several times the memory of another one; 1,000 traces of a pool
 *     with three endpoints are about 2 MB
 * @param privateWindow blocks for which nobody is asked for a transaction that was sent in private:
 *     default 25, 1 to 10,000. Relays hold a transaction for up to 25 blocks, and a question for
 *     its hash tells others that there is one
 * @param quorum how many operators must agree; empty is the majority of those configured, and it
 *     may only be raised
 * @param mandatory an operator, as a node of your own, without whose vote nothing is agreed:
 *     default none. While it is away, every critical read is refused
 * @param proofs how far critical reads check answers against block hashes: default {@link
 *     Proofs#HEADERS}, which sends nothing more. A reload may only raise it
 * @param canaryPercent how many critical reads about a block are asked once more, of an operator
 *     with several endpoints that vote, under the credential of another one: default 0, 0 to 2. So
 *     an operator that lies to one customer gives itself away; it costs a read each time
 * @param maxBatch reads in one body: default 50, 1 to 1000. Providers refuse more at about 100
 * @param sendBatch transactions in one body: default 100, 1 to 500. Nodes take them in a fifth of
 *     the time of single sends; an endpoint that refuses so many is given fewer
 * @param bodyCap largest answer in bytes: default 32 MiB, 64 KiB to 256 MiB. A full block with its
 *     transactions must fit
 */
public record RoutingPolicy(
    Duration quickDeadline,
    Duration readDeadline,
    Duration heavyDeadline,
    Duration archiveDeadline,
    Duration criticalDeadline,
    Duration broadcastDeadline,
    int attempts,
    int retryPercent,
    int hedgePercent,
    int failuresUntilDown,
    Duration chainIdMaxAge,
    int bulkhead,
    Duration maxQueueWait,
    Optional<Duration> probeInterval,
    Duration grace,
    Duration viewTtl,
    int traces,
    int privateWindow,
    OptionalInt quorum,
    Optional<Operator> mandatory,
    Proofs proofs,
    int canaryPercent,
    int maxBatch,
    int sendBatch,
    int bodyCap) {

  /** What fits Ethereum mainnet through commercial providers. */
  public static final RoutingPolicy DEFAULT = builder().build();

  public static Builder builder() {
    return new Builder();
  }

  List<Problem> problems(Set<Operator> voters) {
    int operators = voters.size();
    List<Problem> problems = new ArrayList<>();
    Duration shortest = Duration.ofMillis(100);
    Duration longest = Duration.ofMinutes(2);
    check(problems, "quickDeadline", quickDeadline, shortest, longest);
    check(problems, "readDeadline", readDeadline, shortest, longest);
    check(problems, "heavyDeadline", heavyDeadline, shortest, longest);
    check(problems, "archiveDeadline", archiveDeadline, shortest, longest);
    check(problems, "criticalDeadline", criticalDeadline, shortest, longest);
    check(problems, "broadcastDeadline", broadcastDeadline, shortest, longest);
    check(problems, "attempts", attempts, 1, 8);
    check(problems, "retryPercent", retryPercent, 0, 50);
    check(problems, "hedgePercent", hedgePercent, 0, 20);
    check(problems, "bulkhead", bulkhead, 1, 1024);
    check(problems, "maxQueueWait", maxQueueWait, Duration.ZERO, Duration.ofSeconds(10));
    probeInterval.ifPresent(
        value ->
            check(problems, "probeInterval", value, Duration.ofMillis(500), Duration.ofMinutes(1)));
    check(problems, "failuresUntilDown", failuresUntilDown, 1, 100);
    check(problems, "chainIdMaxAge", chainIdMaxAge, Duration.ofSeconds(5), Duration.ofMinutes(10));
    check(problems, "grace", grace, Duration.ZERO, Duration.ofSeconds(5));
    check(problems, "viewTtl", viewTtl, Duration.ofSeconds(1), Duration.ofMinutes(10));
    check(problems, "traces", traces, 0, 10_000);
    check(problems, "privateWindow", privateWindow, 1, 10_000);
    check(problems, "canaryPercent", canaryPercent, 0, 2);
    check(problems, "maxBatch", maxBatch, 1, 1000);
    check(problems, "sendBatch", sendBatch, 1, 500);
    check(problems, "bodyCap", bodyCap, 64 << 10, 256 << 20);
    if (quorum.isPresent() && operators > 0) {
      check(problems, "quorum", quorum.getAsInt(), operators / 2 + 1, operators);
    }
    mandatory.ifPresent(
        operator -> {
          if (!voters.contains(operator)) {
            problems.add(
                new Problem(
                    "policy.mandatory", operator.id(), "one of the voters", "add its endpoint"));
          }
        });
    return problems;
  }

  private static void check(
      List<Problem> problems, String field, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      problems.add(outside(field, value.toString(), least.toString(), most.toString()));
    }
  }

  private static void check(List<Problem> problems, String field, int value, int least, int most) {
    if (value < least || value > most) {
      problems.add(
          outside(field, Integer.toString(value), Integer.toString(least), Integer.toString(most)));
    }
  }

  private static Problem outside(String field, String value, String least, String most) {
    return new Problem(
        "policy." + field, value, least + " to " + most, "leave it out for the default");
  }

  /** Starts from the defaults. Confined to one thread. */
  public static final class Builder {
    private Duration quickDeadline = Duration.ofSeconds(2);
    private Duration readDeadline = Duration.ofSeconds(3);
    private Duration heavyDeadline = Duration.ofSeconds(10);
    private Duration archiveDeadline = Duration.ofSeconds(30);
    private Duration criticalDeadline = Duration.ofSeconds(5);
    private Duration broadcastDeadline = Duration.ofSeconds(6);
    private int attempts = 3;
    private int retryPercent = 10;
    private int hedgePercent = 5;
    private int failuresUntilDown = 3;
    private Duration chainIdMaxAge = Duration.ofMinutes(1);
    private int bulkhead = 64;
    private Duration maxQueueWait = Duration.ofMillis(200);
    private Optional<Duration> probeInterval = Optional.empty();
    private Duration grace = Duration.ofMillis(150);
    private Duration viewTtl = Duration.ofMinutes(1);
    private int traces;
    private int privateWindow = 25;
    private OptionalInt quorum = OptionalInt.empty();
    private Optional<Operator> mandatory = Optional.empty();
    private Proofs proofs = Proofs.HEADERS;
    private int canaryPercent;
    private int maxBatch = 50;
    private int sendBatch = 100;
    private int bodyCap = 32 << 20;

    private Builder() {}

    public Builder quickDeadline(Duration value) {
      quickDeadline = value;
      return this;
    }

    public Builder readDeadline(Duration value) {
      readDeadline = value;
      return this;
    }

    public Builder heavyDeadline(Duration value) {
      heavyDeadline = value;
      return this;
    }

    public Builder archiveDeadline(Duration value) {
      archiveDeadline = value;
      return this;
    }

    public Builder criticalDeadline(Duration value) {
      criticalDeadline = value;
      return this;
    }

    public Builder broadcastDeadline(Duration value) {
      broadcastDeadline = value;
      return this;
    }

    public Builder attempts(int value) {
      attempts = value;
      return this;
    }

    public Builder retryPercent(int value) {
      retryPercent = value;
      return this;
    }

    public Builder hedgePercent(int value) {
      hedgePercent = value;
      return this;
    }

    public Builder failuresUntilDown(int value) {
      failuresUntilDown = value;
      return this;
    }

    public Builder chainIdMaxAge(Duration value) {
      chainIdMaxAge = value;
      return this;
    }

    public Builder bulkhead(int value) {
      bulkhead = value;
      return this;
    }

    public Builder maxQueueWait(Duration value) {
      maxQueueWait = value;
      return this;
    }

    public Builder probeInterval(Duration value) {
      probeInterval = Optional.of(value);
      return this;
    }

    public Builder grace(Duration value) {
      grace = value;
      return this;
    }

    public Builder viewTtl(Duration value) {
      viewTtl = value;
      return this;
    }

    public Builder traces(int value) {
      traces = value;
      return this;
    }

    public Builder privateWindow(int value) {
      privateWindow = value;
      return this;
    }

    public Builder quorum(int value) {
      quorum = OptionalInt.of(value);
      return this;
    }

    public Builder mandatory(Operator value) {
      mandatory = Optional.of(value);
      return this;
    }

    public Builder proofs(Proofs value) {
      proofs = value;
      return this;
    }

    public Builder canaryPercent(int value) {
      canaryPercent = value;
      return this;
    }

    public Builder maxBatch(int value) {
      maxBatch = value;
      return this;
    }

    public Builder sendBatch(int value) {
      sendBatch = value;
      return this;
    }

    public Builder bodyCap(int value) {
      bodyCap = value;
      return this;
    }

    public RoutingPolicy build() {
      return new RoutingPolicy(
          quickDeadline,
          readDeadline,
          heavyDeadline,
          archiveDeadline,
          criticalDeadline,
          broadcastDeadline,
          attempts,
          retryPercent,
          hedgePercent,
          failuresUntilDown,
          chainIdMaxAge,
          bulkhead,
          maxQueueWait,
          probeInterval,
          grace,
          viewTtl,
          traces,
          privateWindow,
          quorum,
          mandatory,
          proofs,
          canaryPercent,
          maxBatch,
          sendBatch,
          bodyCap);
    }
  }
}
