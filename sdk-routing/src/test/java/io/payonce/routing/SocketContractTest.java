package io.payonce.routing;

import io.payonce.ChainProfiles;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.RpcClientContract;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.function.Function;

/** The pool as the contract of all clients wants it, with all calls over WebSockets. */
final class SocketContractTest extends RpcClientContract {
  @Override
  protected RpcClient client(
      Function<String, RpcTransport> transports, VirtualTime.Process process) {
    Wiring wiring =
        new Wiring(
            CHAIN,
            RoutingPolicy.DEFAULT,
            process.ticker(),
            process.clock(),
            new Random(8),
            process.scheduler(),
            process.executor(),
            false,
            null,
            null);
    return RpcPool.builder(ChainProfiles.builtIn().require(CHAIN))
        .endpoints(
            OPERATORS.stream()
                .map(name -> Endpoint.of(name, name, "ws://127.0.0.1/" + name))
                .toList())
        .transport(
            endpoint ->
                new SocketTransport(
                    endpoint,
                    wiring,
                    new Sockets(transports.apply(endpoint.name()), process),
                    () -> {}))
        .clock(process.clock())
        .ticker(process.ticker())
        .random(new Random(7))
        .scheduler(process.scheduler())
        .executor(process.executor())
        .build();
  }

  /** Connections to a provider of a simulated chain: what it does to a request, it does here. */
  private record Sockets(RpcTransport provider, VirtualTime.Process process)
      implements WebSocketChannel.Opener {
    @Override
    public WebSocketChannel open(Endpoint endpoint, WebSocketChannel.Listener listener) {
      process.executor().execute(listener::opened);
      return new WebSocketChannel() {
        @Override
        public boolean send(String text) {
          var unused =
              provider
                  .send(text.getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(1))
                  .thenAccept(reply -> hear(reply, listener));
          return true;
        }

        @Override
        public void close() {}
      };
    }

    private static void hear(TransportReply reply, WebSocketChannel.Listener listener) {
      if (reply instanceof TransportReply.Answered answered && answered.status() == 200) {
        listener.received(new String(answered.body(), StandardCharsets.UTF_8));
      } else if (reply instanceof TransportReply.Answered answered) {
        listener.ended("HTTP " + answered.status(), answered.status() == 429);
      } else if (!((TransportReply.Failed) reply).timedOut()) {
        listener.ended(((TransportReply.Failed) reply).reason(), false);
      }
    }

    @Override
    public void close() {}
  }
}
