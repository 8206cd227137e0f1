package io.payonce.routing;

import io.payonce.testing.TcpRelay;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Stands before a server on loopback and keeps every byte that clients say, whatever the server
 * makes of it: heads, halves of bodies, and what was under way when a connection was reset.
 */
final class RawTap implements AutoCloseable {
  private static final int NEVER = Integer.MAX_VALUE;

  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private final TcpRelay relay;

  /** So many more bytes pass, and then the connection that says the next one is reset. */
  private int left = NEVER;

  RawTap(URI behind) throws IOException {
    ServerSocket front = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.relay = TcpRelay.to(behind.getPort(), front, this::hear);
  }

  String url() {
    return "http://127.0.0.1:" + relay.port() + "/";
  }

  synchronized void resetAfter(int bytes) {
    left = bytes;
  }

  synchronized void passAll() {
    left = NEVER;
  }

  /** All that was said, in lower case. */
  synchronized String heard() {
    return heard.toString(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
  }

  /** How many of these bytes pass. */
  private synchronized int hear(byte[] bytes, int count) {
    int passing = Math.min(count, left);
    heard.write(bytes, 0, passing);
    left = left == NEVER ? NEVER : left - passing;
    return passing;
  }

  @Override
  public void close() throws IOException {
    relay.close();
  }
}
