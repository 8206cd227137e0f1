package io.payonce.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where a proxied request goes: used by one connection's thread, and closed with it. */
interface Upstream extends AutoCloseable {
  /** Sends once, never twice, and gives the reply; throws when none came. */
  HttpReply send(ProxiedRequest request, String body) throws IOException;

  @Override
  void close() throws IOException;

  /** Answers by a function. */
  record Scripted(Function<ProxiedRequest, HttpReply> script) implements Upstream {
    @Override
    public HttpReply send(ProxiedRequest request, String body) {
      return script.apply(
          ProxiedRequest.of(
              request.ordinal(), request.verb(), request.path(), request.headers(), body));
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  /** A plain HTTP node on loopback, over one connection that is kept while it lives. */
  final class Node implements Upstream {
    private final URI node;
    private @Nullable SocketChannel channel;

    Node(URI node) {
      this.node = node;
    }

    @Override
    public HttpReply send(ProxiedRequest request, String body) throws IOException {
      SocketChannel connected = connected();
      String start = request.verb() + " " + target(request) + " HTTP/1.1\r\nhost: " + authority();
      byte[] bytes =
          HttpWire.encode(start, request.headers(), body.getBytes(StandardCharsets.UTF_8));
      connected.socket().getOutputStream().write(bytes);
      HttpWire.Message reply =
          HttpWire.readReply(new BufferedInputStream(connected.socket().getInputStream()));
      if (reply.closesConnection()) {
        close();
      }
      return new HttpReply(status(reply.start()), reply.headers(), reply.text());
    }

    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
        channel = null;
      }
    }

    /** A node may close an idle connection: that is noticed here, as nothing is ever sent twice. */
    private SocketChannel connected() throws IOException {
      SocketChannel current = channel;
      if (current != null && isAlive(current)) {
        return current;
      }
      close();
      SocketChannel fresh = SocketChannel.open();
      channel = fresh;
      fresh.setOption(StandardSocketOptions.TCP_NODELAY, true);
      fresh.connect(new InetSocketAddress(InetAddress.getByName(node.getHost()), node.getPort()));
      return fresh;
    }

    private static boolean isAlive(SocketChannel channel) {
      try {
        channel.configureBlocking(false);
        boolean silent = channel.read(ByteBuffer.allocate(1)) == 0;
        channel.configureBlocking(true);
        return silent;
      } catch (IOException ended) {
        return false;
      }
    }

    private String target(ProxiedRequest request) {
      return node.getRawPath().length() > 1 ? node.getRawPath() : request.path();
    }

    private String authority() {
      return node.getHost() + ":" + node.getPort();
    }

    private static int status(String start) throws IOException {
      String[] words = start.split(" ", 3);
      try {
        return Integer.parseInt(words[1]);
      } catch (ArrayIndexOutOfBoundsException | NumberFormatException malformed) {
        throw new IOException("malformed status line " + start, malformed);
      }
    }
  }
}
