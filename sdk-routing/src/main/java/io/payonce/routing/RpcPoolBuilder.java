package io.payonce.routing;

import io.payonce.ChainProfile;
import io.payonce.Ticker;
import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.RpcTransport;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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
  private RandomGenerator random = new SplittableRandom(new SecureRandom().nextLong());
  private HostResolver resolver = HostResolver.SYSTEM;
  private @Nullable RoutingListener listener;
  private @Nullable RoutingStateStore stateStore;
  private @Nullable RoutingMetrics metrics;
  private WebSocketChannel.@Nullable Opener push;
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

  /** Where the hosts of endpoints are; as the JVM finds them by default. */
  public RpcPoolBuilder resolver(HostResolver value) {
    resolver = value;
    return this;
  }

  /** How endpoints are listened to; WebSocket by default. The pool closes it. */
  RpcPoolBuilder push(WebSocketChannel.Opener value) {
    push = value;
    return this;
  }

  /** Is told what the pool finds out; nobody by default. */
  public RpcPoolBuilder listener(RoutingListener value) {
    listener = value;
    return this;
  }

  /**
   * Where it keeps what it shall know after a restart; nowhere by default. It is read by {@link
   * #build()}: a pool whose store cannot be read is built, and answers no critical read until
   * {@link RpcPool#acceptLostState}.
   */
  public RpcPoolBuilder stateStore(RoutingStateStore value) {
    stateStore = value;
    return this;
  }

  /** Takes what the pool measures; nothing is measured by default. */
  public RpcPoolBuilder metrics(RoutingMetrics value) {
    metrics = value;
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

  /** The seed of lots, jitter and ids is drawn from it when the pool is built, and no more. */
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
    List<Problem> problems = EndpointChecks.problems(endpoints, policy, singleOperator);
    if (!problems.isEmpty()) {
      throw new InvalidRoutingConfig(problems);
    }
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
            executor == null,
            listener,
            metrics);
    CertificateWatch certificates = new CertificateWatch(wiring);
    HostAddresses hosts = new HostAddresses(resolver, ticker);
    WebSocketChannel.Opener calls =
        OkHttpWebSockets.forCalls(certificates, policy.bodyCap(), hosts);
    Function<Endpoint, RpcTransport> reach =
        transport == null
            ? new OkHttpTransports(policy.bodyCap(), wiring, certificates, calls, hosts)
            : transport;
    WebSocketChannel.Opener opener =
        push == null ? OkHttpWebSockets.forHeads(certificates, hosts) : push;
    return new RpcPool(
        new NodeFactory(chain, wiring, reach, singleOperator),
        List.copyOf(endpoints),
        new StateKeeper(stateStore, wiring, chain.finality()),
        opener,
        () -> {
          opener.close();
          calls.close();
          own.forEach(ExecutorService::shutdown);
        });
  }

  private static ScheduledExecutorService ownScheduler(List<ExecutorService> own) {
    Timers timers = new Timers();
    own.add(timers);
    return timers;
  }

  private static Executor ownExecutor(List<ExecutorService> own) {
    int threads = Math.max(4, Runtime.getRuntime().availableProcessors());
    ExecutorService workers = Executors.newFixedThreadPool(threads, RpcPool.daemons("payonce-rpc"));
    own.add(workers);
    return workers;
  }
}
