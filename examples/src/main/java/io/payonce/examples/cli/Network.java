package io.payonce.examples.cli;

import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One chain through its endpoints. Reads here are critical: agreed by the quorum, or refused.
 *
 * @param route by which transactions go out
 */
record Network(ChainProfile profile, RpcPool pool, Route route) implements AutoCloseable {
  private static final CallOptions PATIENT = CallOptions.within(Duration.ofSeconds(10));

  /** Refuses options that no pool would take, without asking any endpoint; gives the chains. */
  static ChainProfiles check(RpcOptions options, List<Endpoint> endpoints) {
    ChainProfiles known =
        options.profile().map(ChainProfiles::withOverrides).orElseGet(ChainProfiles::builtIn);
    // A pool contacts nothing when it is built.
    pool(ChainProfiles.builtIn().all().get(0), endpoints).close();
    return known;
  }

  /**
   * Finds out which chain the endpoints serve and opens a pool for it.
   *
   * @param finality empty for the chain's own
   */
  static Network open(RpcOptions options, Optional<Finality> finality, Terminal terminal) {
    List<Endpoint> endpoints = options.endpoints();
    ChainProfiles known = check(options, endpoints);
    ChainId chain = new ChainProbe().chainOf(endpoints, terminal);
    ChainProfile profile = known.requireSupported(chain);
    RpcPool pool = pool(finality.map(profile::withFinality).orElse(profile), endpoints);
    pool.bounds().warnings().forEach(warning -> terminal.say("warning: " + warning));
    return new Network(finality.map(profile::withFinality).orElse(profile), pool, Route.PUBLIC);
  }

  /** The same, sending by this route. */
  Network by(Route other) {
    return new Network(profile, pool, other);
  }

  private static RpcPool pool(ChainProfile profile, List<Endpoint> endpoints) {
    // One operator is allowed here, and its warning is shown.
    return RpcPool.builder(profile).endpoints(endpoints).singleOperator(true).build();
  }

  ChainId chain() {
    return profile.id();
  }

  /** The newest block that the quorum has. */
  BlockRef head() {
    return agreed(new Fact.BlockRefAt(agreed(new Fact.Height(BlockTag.LATEST))));
  }

  <T> QuorumResult<T> ask(Fact<T> fact) {
    return pool.criticalRead(fact, PATIENT).join();
  }

  /** The agreed answer; throws {@link RpcUnavailableException} when there is none. */
  <T> T agreed(Fact<T> fact) {
    QuorumResult<T> result = ask(fact);
    if (result instanceof QuorumResult.Agreed<T> agreed) {
      return agreed.value();
    }
    QuorumResult.Unavailable<T> none = (QuorumResult.Unavailable<T>) result;
    throw new RpcUnavailableException(
        none.required()
            + " of "
            + none.configured()
            + " operators must agree, and they do not: "
            + none.reason());
  }

  @Override
  public void close() {
    pool.close();
  }
}
