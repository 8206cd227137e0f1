package io.payonce.routing.web3j;

import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.routing.Endpoint;
import io.payonce.routing.Patience;
import io.payonce.routing.RpcPool;
import io.payonce.routing.SecretUri;
import io.payonce.testing.PushServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.web3j.protocol.Web3j;

/** One operator for each node, a pool over them, and web3j on the pool. */
final class Operators implements AutoCloseable {
  static final ChainProfile PROFILE = ChainProfiles.builtIn().require(ChainId.of(31_337));

  final List<ScriptedNode> nodes;
  final RpcPool pool;
  final PooledWeb3jService service;
  final Web3j web3j;

  private Operators(
      List<ScriptedNode> nodes,
      List<PushServer> pushers,
      Consumer<PooledWeb3jService.Builder> settings) {
    this.nodes = List.copyOf(nodes);
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      String name = "operator-" + i;
      Endpoint.Builder endpoint =
          Endpoint.builder(name, name, SecretUri.of(nodes.get(i).url().toString()));
      if (i < pushers.size()) {
        endpoint.webSocket(SecretUri.of(pushers.get(i).url().toString()));
      }
      endpoints.add(endpoint.build());
    }
    this.pool =
        RpcPool.builder(PROFILE)
            .endpoints(endpoints)
            .singleOperator(true)
            .random(new Random(1))
            .policy(Patience.policy().grace(Duration.ofSeconds(1)).build())
            .build();
    PooledWeb3jService.Builder builder = PooledWeb3jService.builder(pool);
    settings.accept(builder);
    this.service = builder.build();
    this.web3j = Web3j.build(service);
  }

  static Operators of(ScriptedNode... nodes) {
    return of(settings -> {}, nodes);
  }

  static Operators of(Consumer<PooledWeb3jService.Builder> settings, ScriptedNode... nodes) {
    return new Operators(List.of(nodes), List.of(), settings);
  }

  /** The first operators push, each at one of these servers. */
  static Operators pushing(List<PushServer> pushers, ScriptedNode... nodes) {
    return new Operators(List.of(nodes), pushers, settings -> {});
  }

  /** So many equal nodes, each prepared in the same way. */
  static Operators equal(int count, Consumer<ScriptedNode> prepare) {
    ScriptedNode[] nodes = new ScriptedNode[count];
    for (int i = 0; i < count; i++) {
      nodes[i] = new ScriptedNode();
      prepare.accept(nodes[i]);
    }
    return of(nodes);
  }

  void all(Consumer<ScriptedNode> change) {
    nodes.forEach(change);
  }

  @Override
  public void close() {
    web3j.shutdown();
    pool.close();
    nodes.forEach(ScriptedNode::close);
  }
}
