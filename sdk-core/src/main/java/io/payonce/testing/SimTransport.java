package io.payonce.testing;

import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The way between one process and one provider. Requests arrive in the world, whatever becomes of
 * the process; replies arrive at the process and share its fate.
 */
final class SimTransport implements RpcTransport {
  private static final ProviderFault[] FAULTS = ProviderFault.values();
  private static final byte[] UNAVAILABLE =
      "<html>503 Service Temporarily Unavailable</html>".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TOO_MANY =
      "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":429,\"message\":\"Too Many Requests\"}}"
          .getBytes(StandardCharsets.US_ASCII);

  private final Conduct conduct;
  private final VirtualTime time;
  private final VirtualTime.Process process;
  private final UnaryOperator<byte[]> node;
  private final long minLatencyNanos;
  private final long maxLatencyNanos;
  private boolean closed;

  SimTransport(
      Conduct conduct,
      VirtualTime time,
      VirtualTime.Process process,
      UnaryOperator<byte[]> node,
      long minLatencyNanos,
      long maxLatencyNanos) {
    this.conduct = conduct;
    this.time = time;
    this.process = process;
    this.node = node;
    this.minLatencyNanos = minLatencyNanos;
    this.maxLatencyNanos = maxLatencyNanos;
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    CompletableFuture<TransportReply> future = new CompletableFuture<>();
    long limit = timeout.toNanos();
    long there = latency();
    if (closed) {
      deliver(future, 0, new TransportReply.Failed("transport is closed", BytesSent.NONE, false));
      return future;
    }
    ProviderFault fault = fault(body);
    if (fault == ProviderFault.DEAD) {
      deliver(
          future,
          Math.min(there, limit),
          new TransportReply.Failed("connection refused", BytesSent.NONE, false));
    } else if (fault == ProviderFault.HANG || fault == ProviderFault.LOST_REQUEST) {
      timeOut(future, limit);
    } else if (fault == ProviderFault.THROTTLED) {
      Map<String, String> headers = Map.of("retry-after", "1");
      answer(future, limit, 2 * there, new TransportReply.Answered(429, headers, TOO_MANY));
    } else if (fault == ProviderFault.SERVER_ERROR) {
      if (conduct.dice.hits(0.5)) {
        time.inWorld(there, () -> carryOut(body));
      }
      answer(future, limit, 2 * there, new TransportReply.Answered(503, Map.of(), UNAVAILABLE));
    } else {
      exchange(future, body, limit, there, fault);
    }
    return future;
  }

  private void exchange(
      CompletableFuture<TransportReply> future,
      byte[] body,
      long limit,
      long there,
      @Nullable ProviderFault fault) {
    long back = latency() + (fault == ProviderFault.SLOW ? conduct.faults().slowBy().toNanos() : 0);
    boolean answered = fault != ProviderFault.LOST_REPLY && there + back <= limit;
    time.inWorld(
        there,
        () -> {
          byte[] reply = node.apply(body);
          if (answered) {
            deliver(future, back, new TransportReply.Answered(200, Map.of(), reply));
          }
        });
    if (fault == ProviderFault.DUPLICATE_DELIVERY) {
      time.inWorld(there + latency(), () -> carryOut(body));
    }
    if (!answered) {
      timeOut(future, limit);
    }
  }

  /** Its reply reaches nobody. */
  private void carryOut(byte[] body) {
    byte[] unused = node.apply(body);
  }

  private void answer(
      CompletableFuture<TransportReply> future, long limit, long after, TransportReply reply) {
    if (after > limit) {
      timeOut(future, limit);
    } else {
      deliver(future, after, reply);
    }
  }

  private void timeOut(CompletableFuture<TransportReply> future, long limit) {
    deliver(future, limit, new TransportReply.Failed("timed out", BytesSent.ALL, true));
  }

  private void deliver(CompletableFuture<TransportReply> future, long after, TransportReply reply) {
    process.after(after, () -> future.complete(reply));
  }

  private @Nullable ProviderFault fault(byte[] body) {
    boolean spared = conduct.faults().sendsOnly() && !isSend(body);
    if (conduct.isFaultless() || spared) {
      return null;
    }
    for (ProviderFault fault : FAULTS) {
      if (fault.isTransport() && conduct.suffers(fault)) {
        return fault;
      }
    }
    return null;
  }

  private static boolean isSend(byte[] body) {
    return new String(body, StandardCharsets.UTF_8).contains("\"eth_sendRawTransaction\"");
  }

  private long latency() {
    return conduct.dice.between(minLatencyNanos, maxLatencyNanos);
  }

  @Override
  public void close() {
    closed = true;
  }
}
