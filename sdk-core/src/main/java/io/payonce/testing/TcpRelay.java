package io.payonce.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between clients and a server on loopback and passes every byte on, both ways and at once,
 * unless its {@link Watch} says otherwise: the end of TLS, a proxy, or a tap that keeps what was
 * said, whatever the server makes of it.
 *
 * <p>Thread-safe. Threads are its own, two for each connection, and daemons; {@link #close()} ends
 * the connections and them.
 */
public final class TcpRelay implements AutoCloseable {
  private static final int MOST_AT_ONCE = 8_192;

  private final ServerSocket front;
  private final int target;
  private final Watch watch;
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads;

  /** Sees what clients do. Called on the thread of the connection; it may block that one alone. */
  public interface Watch {
    /** Before the server is reached; false ends the connection. */
    default boolean opens(Socket client) throws IOException {
      return true;
    }

    /** How many of these bytes go on to the server; fewer than all of them reset the client. */
    int passes(byte[] bytes, int count);
  }

  private TcpRelay(ServerSocket front, int target, Watch watch) {
    this.front = front;
    this.target = target;
    this.watch = watch;
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "tcp-relay-" + front.getLocalPort());
              thread.setDaemon(true);
              return thread;
            });
    threads.execute(this::accept);
  }

  /**
   * Accepts from a socket, which may be one of TLS, for the server at a port of loopback.
   *
   * @param front is closed with the relay
   */
  public static TcpRelay to(int port, ServerSocket front, Watch watch) {
    return new TcpRelay(front, port, watch);
  }

  /** The port that clients connect to. */
  public int port() {
    return front.getLocalPort();
  }

  /** How many connections clients have made. */
  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (!front.isClosed()) {
        Socket client = front.accept();
        connections.incrementAndGet();
        open.add(client);
        if (front.isClosed()) {
          client.close(); // close() may not have seen it
          return;
        }
        threads.execute(() -> serve(client));
      }
    } catch (IOException | RejectedExecutionException closed) {
      // Nobody connects any more.
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      if (!watch.opens(client)) {
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        open.add(server);
        server.setTcpNoDelay(true);
        threads.execute(() -> answer(server, client));
        ask(client, server);
        open.remove(server);
      }
    } catch (IOException ended) {
      // One of the two ended it; what was said before was seen.
    } finally {
      open.remove(client);
    }
  }

  private void ask(Socket client, Socket server) throws IOException {
    byte[] buffer = new byte[MOST_AT_ONCE];
    InputStream said = client.getInputStream();
    for (int read = said.read(buffer); read >= 0; read = said.read(buffer)) {
      int passing = watch.passes(buffer, read);
      server.getOutputStream().write(buffer, 0, passing);
      server.getOutputStream().flush();
      if (passing < read) {
        client.setSoLinger(true, 0); // ends by a reset
        return;
      }
    }
  }

  private static void answer(Socket server, Socket client) {
    try {
      server.getInputStream().transferTo(client.getOutputStream());
      client.close();
    } catch (IOException ended) {
      // As in serve.
    }
  }

  @Override
  public void close() throws IOException {
    front.close();
    for (Socket one : open) {
      one.close();
    }
    threads.shutdownNow();
  }
}
