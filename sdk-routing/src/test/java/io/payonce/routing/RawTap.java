package io.payonce.routing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands before a server on loopback and keeps every byte that clients say, whatever the server
 * makes of it: heads, halves of bodies, and what was under way when a connection was reset.
 */
final class RawTap implements AutoCloseable {
  private static final int NEVER = Integer.MAX_VALUE;

  private final ServerSocket server;
  private final int target;
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "raw-tap");
            thread.setDaemon(true);
            return thread;
          });

  /** So many more bytes pass, and then the connection that says the next one is reset. */
  private int left = NEVER;

  RawTap(URI behind) throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target = behind.getPort();
    threads.execute(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/";
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

  private void accept() {
    try {
      while (!server.isClosed()) {
        Socket client = server.accept();
        client.setTcpNoDelay(true);
        open.add(client);
        threads.execute(() -> serve(client));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket behind = new Socket(InetAddress.getLoopbackAddress(), target)) {
      behind.setTcpNoDelay(true);
      open.add(behind);
      threads.execute(() -> answers(behind, client));
      byte[] buffer = new byte[512];
      InputStream in = client.getInputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        int passing = hear(buffer, read);
        behind.getOutputStream().write(buffer, 0, passing);
        if (passing < read) {
          client.setSoLinger(true, 0);
          return;
        }
      }
    } catch (IOException ended) {
      // The client or the server ended it; what was said before was kept.
    }
  }

  private static void answers(Socket from, Socket to) {
    try {
      OutputStream out = to.getOutputStream();
      from.getInputStream().transferTo(out);
      to.close();
    } catch (IOException ended) {
      // As in serve.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket one : open) {
      one.close();
    }
    threads.shutdownNow();
  }
}
