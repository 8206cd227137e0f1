package io.payonce.routing;

import io.payonce.routing.InvalidRoutingConfig.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The pool's few settings. Values are checked when the pool is built.
 *
 * @param quickDeadline of a call to a method that a healthy node answers from memory (chain id, gas
 *     price): default 2 s, 0.1 to 120 s
 * @param readDeadline of any other call: default 3 s, 0.1 to 120 s
 * @param criticalDeadline of a critical read: default 5 s, 0.1 to 120 s. Two attempts of every
 *     operator fit in it
 * @param broadcastDeadline of a broadcast: default 6 s, 0.1 to 120 s. Its first half belongs to the
 *     first operators, its second to the rest
 * @param attempts of one call, the first included: default 3, 1 to 8
 * @param failuresUntilDown transport failures or timeouts in a row after which an endpoint is
 *     {@code DOWN}: default 3, 1 to 100. One lost packet is no outage
 * @param chainIdMaxAge how old the proof of an endpoint's chain id may be when bytes are sent:
 *     default 60 s, 5 to 600 s. A provider may re-route a name at any time
 * @param grace how long a critical read that has its quorum waits for further ballots, when they
 *     make the answer better: default 150 ms, 0 to 5 s
 * @param quorum how many operators must agree; empty is the majority of those configured, and it
 *     may only be raised
 * @param maxBatch requests in one body: default 50, 1 to 1000. Providers refuse more at about 100
 * @param bodyCap largest answer in bytes: default 32 MiB, 64 KiB to 256 MiB. A full block with its
 *     transactions must fit
 */
public record RoutingPolicy(
    Duration quickDeadline,
    Duration readDeadline,
    Duration criticalDeadline,
    Duration broadcastDeadline,
    int attempts,
    int failuresUntilDown,
    Duration chainIdMaxAge,
    Duration grace,
    OptionalInt quorum,
    int maxBatch,
    int bodyCap) {

  /** What fits Ethereum mainnet through commercial providers. */
  public static final RoutingPolicy DEFAULT = builder().build();

  public static Builder builder() {
    return new Builder();
  }

  List<Problem> problems(int operators) {
    List<Problem> problems = new ArrayList<>();
    Duration shortest = Duration.ofMillis(100);
    Duration longest = Duration.ofMinutes(2);
    check(problems, "quickDeadline", quickDeadline, shortest, longest);
    check(problems, "readDeadline", readDeadline, shortest, longest);
    check(problems, "criticalDeadline", criticalDeadline, shortest, longest);
    check(problems, "broadcastDeadline", broadcastDeadline, shortest, longest);
    check(problems, "attempts", attempts, 1, 8);
    check(problems, "failuresUntilDown", failuresUntilDown, 1, 100);
    check(problems, "chainIdMaxAge", chainIdMaxAge, Duration.ofSeconds(5), Duration.ofMinutes(10));
    check(problems, "grace", grace, Duration.ZERO, Duration.ofSeconds(5));
    check(problems, "maxBatch", maxBatch, 1, 1000);
    check(problems, "bodyCap", bodyCap, 64 << 10, 256 << 20);
    if (quorum.isPresent() && operators > 0) {
      check(problems, "quorum", quorum.getAsInt(), operators / 2 + 1, operators);
    }
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
    private Duration criticalDeadline = Duration.ofSeconds(5);
    private Duration broadcastDeadline = Duration.ofSeconds(6);
    private int attempts = 3;
    private int failuresUntilDown = 3;
    private Duration chainIdMaxAge = Duration.ofMinutes(1);
    private Duration grace = Duration.ofMillis(150);
    private OptionalInt quorum = OptionalInt.empty();
    private int maxBatch = 50;
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

    public Builder failuresUntilDown(int value) {
      failuresUntilDown = value;
      return this;
    }

    public Builder chainIdMaxAge(Duration value) {
      chainIdMaxAge = value;
      return this;
    }

    public Builder grace(Duration value) {
      grace = value;
      return this;
    }

    public Builder quorum(int value) {
      quorum = OptionalInt.of(value);
      return this;
    }

    public Builder maxBatch(int value) {
      maxBatch = value;
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
          criticalDeadline,
          broadcastDeadline,
          attempts,
          failuresUntilDown,
          chainIdMaxAge,
          grace,
          quorum,
          maxBatch,
          bodyCap);
    }
  }
}
