package io.payonce.routing;

import io.payonce.ChainProfile;
import io.payonce.Ticker;
import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.RpcTransport;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a pool; {@link #build()} checks them together. Confined to one thread.
 */
public final class RpcPoolBuilder {
  private final ChainProfile chain;
  private final List<Endpoint> endpoints = new ArrayList<>();
  private RoutingPolicy policy = RoutingPolicy.DEFAULT;
  private boolean singleOperator;
  private Clock clock = Clock.systemUTC();
  private Ticker ticker = Ticker.system();
  private RandomGenerator random = new SecureRandom();
  private @Nullable RoutingListener listener;
  private PushChannel.@Nullable Opener push;
  private @Nullable Function<Endpoint, RpcTransport> transport;
  private @Nullable ScheduledExecutorService scheduler;
  private @Nullable Executor executor;

  RpcPoolBuilder(ChainProfile chain) {
    this.chain = chain;
  }

  /** Adds one; the operators of those with the role VOTE are the voters. */
  public RpcPoolBuilder endpoint(Endpoint endpoint) {
    endpoints.add(endpoint);
    return this;
  }

  public RpcPoolBuilder endpoints(List<Endpoint> several) {
    endpoints.addAll(several);
    return this;
  }

  public RpcPoolBuilder policy(RoutingPolicy value) {
    policy = value;
    return this;
  }

  /** Required when one operator is all there is: it can lie, and nothing here would notice. */
  public RpcPoolBuilder singleOperator(boolean acknowledged) {
    singleOperator = acknowledged;
    return this;
  }

  /** How an endpoint is reached; HTTP by default. The pool closes what this gives. */
  public RpcPoolBuilder transport(Function<Endpoint, RpcTransport> value) {
    transport = value;
    return this;
  }

  /** How endpoints are listened to; WebSocket by default. The pool closes it. */
  RpcPoolBuilder push(PushChannel.Opener value) {
    push = value;
    return this;
  }

  /** Is told what the pool finds out; nobody by default. */
  public RpcPoolBuilder listener(RoutingListener value) {
    listener = value;
    return this;
  }

  /** Read only where a server names a date, and for the time of an alarm. */
  public RpcPoolBuilder clock(Clock value) {
    clock = value;
    return this;
  }

  public RpcPoolBuilder ticker(Ticker value) {
    ticker = value;
    return this;
  }

  /** For lots and jitter. The pool calls it from one thread at a time. */
  public RpcPoolBuilder random(RandomGenerator value) {
    random = value;
    return this;
  }

  /** For timers; the pool's own daemon thread by default. A given one is not closed. */
  public RpcPoolBuilder scheduler(ScheduledExecutorService value) {
    scheduler = value;
    return this;
  }

  /**
   * Where futures complete, and with them what the caller hangs on them; the pool's own daemon
   * threads by default. A given one is not closed.
   */
  public RpcPoolBuilder executor(Executor value) {
    executor = value;
    return this;
  }

  /** Contacts nothing. Throws {@link InvalidRoutingConfig} with everything that is wrong. */
  public RpcPool build() {
    TreeSet<Operator> operators = new TreeSet<>();
    endpoints.stream()
        .filter(endpoint -> endpoint.has(Role.VOTE))
        .forEach(endpoint -> operators.add(endpoint.operator()));
    List<Problem> problems = problems(operators);
    if (!problems.isEmpty()) {
      throw new InvalidRoutingConfig(problems);
    }
    QuorumRule majority = QuorumRule.majority(operators);
    QuorumRule rule =
        policy.quorum().isPresent()
            ? new QuorumRule(operators, policy.quorum().getAsInt())
            : majority;
    List<ExecutorService> own = new ArrayList<>();
    Wiring wiring =
        new Wiring(
            chain.id(),
            policy,
            ticker,
            clock,
            random,
            scheduler == null ? ownScheduler(own) : scheduler,
            executor == null ? ownExecutor(own) : executor,
            listener);
    Function<Endpoint, RpcTransport> reach =
        transport == null ? new OkHttpTransports(policy.bodyCap()) : transport;
    ReferenceHead reference = new ReferenceHead(operators.size());
    List<Node> nodes = new ArrayList<>();
    endpoints.forEach(e -> nodes.add(node(e, reach.apply(e), wiring, reference)));
    PushChannel.Opener opener = push == null ? new OkHttpPush() : push;
    return new RpcPool(
        chain,
        wiring,
        new Roster(nodes, wiring),
        rule,
        opener,
        () -> {
          opener.close();
          own.forEach(ExecutorService::shutdown);
        });
  }

  private Node node(
      Endpoint endpoint, RpcTransport transport, Wiring wiring, ReferenceHead reference) {
    double perSecond =
        endpoint.requestsPerSecond().isPresent()
            ? endpoint.requestsPerSecond().getAsInt()
            : Double.POSITIVE_INFINITY;
    EndpointState state =
        new EndpointState(policy, chain.limits().maxLag(), chain.blockTime(), perSecond);
    return new Node(endpoint, transport, wiring, state, reference, probeInterval());
  }

  /** A new head is what a probe learns; more often than that is waste. */
  private Duration probeInterval() {
    Duration least = Duration.ofSeconds(1);
    Duration most = Duration.ofSeconds(10);
    Duration block = chain.blockTime();
    return policy
        .probeInterval()
        .orElse(block.compareTo(least) < 0 ? least : block.compareTo(most) > 0 ? most : block);
  }

  private static ScheduledExecutorService ownScheduler(List<ExecutorService> own) {
    ScheduledThreadPoolExecutor timers =
        new ScheduledThreadPoolExecutor(1, RpcPool.daemons("payonce-timer"));
    timers.setRemoveOnCancelPolicy(true); // most timers are cancelled long before they are due
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    own.add(timers);
    return timers;
  }

  private static Executor ownExecutor(List<ExecutorService> own) {
    int threads = Math.max(4, Runtime.getRuntime().availableProcessors());
    ExecutorService workers = Executors.newFixedThreadPool(threads, RpcPool.daemons("payonce-rpc"));
    own.add(workers);
    return workers;
  }

  private List<Problem> problems(Set<Operator> voters) {
    int operators = voters.size();
    List<Problem> problems = new ArrayList<>();
    if (endpoints.isEmpty()) {
      problems.add(new Problem("endpoints", "none", "1 or more", "add an endpoint"));
    }
    if (!endpoints.isEmpty() && voters.isEmpty()) {
      problems.add(new Problem("operators", "0", "2 or more", "give endpoints the role VOTE"));
    }
    if (operators == 1 && !singleOperator) {
      problems.add(
          new Problem(
              "operators",
              "1",
              "2 or more",
              "add a provider, or call singleOperator(true) if it may lie to you unnoticed"));
    }
    List<String> names = new ArrayList<>();
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      String field = "endpoints[" + i + "]";
      if (!endpoint.name().matches("[a-z0-9-]{1,32}")) {
        // Deliberate: the value is not repeated, because a URL in the wrong place is a secret too.
        problems.add(
            new Problem(field + ".name", "(not shown)", "1 to 32 of a-z 0-9 -", "rename it"));
      } else if (names.contains(endpoint.name())) {
        problems.add(new Problem(field + ".name", endpoint.name(), "unique", "rename one"));
      }
      names.add(endpoint.name());
      endpoint
          .uri()
          .problem()
          .ifPresent(
              why -> problems.add(new Problem(field + ".uri", "***", "a usable URL", "it " + why)));
      if (urls.contains(endpoint.uri().reveal())) {
        problems.add(
            new Problem(field + ".uri", "***", "unique", "one URL twice is no second endpoint"));
      }
      urls.add(endpoint.uri().reveal());
      problems.addAll(problems(field, endpoint));
    }
    problems.addAll(policy.problems(voters));
    return problems;
  }

  private static List<Problem> problems(String field, Endpoint endpoint) {
    List<Problem> problems = new ArrayList<>();
    if (endpoint.has(Role.SUBMIT) && endpoint.has(Role.PRIVATE_SUBMIT)) {
      problems.add(
          new Problem(
              field + ".roles",
              endpoint.roles().toString(),
              "SUBMIT or PRIVATE_SUBMIT",
              "what is public once is never private"));
    }
    endpoint
        .requestsPerSecond()
        .ifPresent(
            limit -> {
              if (limit < 1 || limit > 1_000_000) {
                problems.add(
                    new Problem(
                        field + ".requestsPerSecond",
                        Integer.toString(limit),
                        "1 to 1000000",
                        "leave it out to learn it"));
              }
            });
    endpoint
        .webSocket()
        .flatMap(SecretUri::webSocketProblem)
        .ifPresent(
            why ->
                problems.add(
                    new Problem(field + ".webSocket", "***", "a usable URL", "it " + why)));
    for (String header : endpoint.headers().keySet()) {
      if (!header.matches("[A-Za-z0-9-]{1,64}")) {
        problems.add(
            new Problem(
                field + ".headers", "(not shown)", "1 to 64 of A-Z a-z 0-9 -", "rename it"));
      }
    }
    return problems;
  }
}
