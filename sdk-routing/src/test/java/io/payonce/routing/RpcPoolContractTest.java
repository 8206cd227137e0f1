package io.payonce.routing;

import io.payonce.ChainProfiles;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcTransport;
import io.payonce.testing.RpcClientContract;
import io.payonce.testing.VirtualTime;
import java.util.Random;
import java.util.function.Function;

/** The pool as the contract of all clients wants it. */
final class RpcPoolContractTest extends RpcClientContract {
  @Override
  protected RpcClient client(
      Function<String, RpcTransport> transports, VirtualTime.Process process) {
    return RpcPool.builder(ChainProfiles.builtIn().require(CHAIN))
        .endpoints(
            OPERATORS.stream()
                .map(name -> Endpoint.of(name, name, "http://127.0.0.1/" + name))
                .toList())
        .transport(endpoint -> transports.apply(endpoint.name()))
        .clock(process.clock())
        .ticker(process.ticker())
        .random(new Random(7))
        .scheduler(process.scheduler())
        .executor(process.executor())
        .build();
  }
}
