package io.payonce.routing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** What stands between a client and a server on loopback: the end of TLS, or a proxy. */
final class TlsRelay implements AutoCloseable {
  private final ServerSocket server;
  private final InetSocketAddress target;
  private final String refusal;
  private final boolean isProxy;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "tls-relay");
            thread.setDaemon(true);
            return thread;
          });
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** What CONNECT requests said, with their headers. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  final AtomicInteger connections = new AtomicInteger();

  /** What clients said within TLS. */
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  private TlsRelay(ServerSocket server, int target, boolean isProxy, String refusal) {
    this.server = server;
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), target);
    this.isProxy = isProxy;
    this.refusal = refusal;
    threads.execute(this::accept);
  }

  /** Speaks TLS with this certificate, and plainly to the server behind it. */
  static TlsRelay to(int port, HeldCertificate held, HeldCertificate... above) throws IOException {
    HandshakeCertificates certificates =
        new HandshakeCertificates.Builder()
            .heldCertificate(
                held,
                Arrays.stream(above)
                    .map(HeldCertificate::certificate)
                    .toArray(X509Certificate[]::new))
            .build();
    return new TlsRelay(
        certificates
            .sslContext()
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        port,
        false,
        "");
  }

  /** Takes CONNECT to any host, which is always the same server here. */
  static TlsRelay proxy(int port) throws IOException {
    return new TlsRelay(socket(), port, true, "");
  }

  /** Opens no tunnel. */
  static TlsRelay refusingProxy(String status) throws IOException {
    return new TlsRelay(socket(), 0, true, status);
  }

  private static ServerSocket socket() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  int port() {
    return server.getLocalPort();
  }

  synchronized int bytesHeard() {
    return heard.size();
  }

  private synchronized void hear(byte[] bytes, int length) {
    heard.write(bytes, 0, length);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        connections.incrementAndGet();
        open.add(client);
        threads.execute(() -> serve(client));
      } catch (IOException closed) {
        return; // the test is over
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      if (isProxy && !tunnels(client)) {
        return;
      }
      try (Socket behind = new Socket()) {
        behind.connect(target);
        open.add(behind);
        threads.execute(() -> pipe(behind, client, false));
        pipe(client, behind, !isProxy);
      }
    } catch (IOException ended) {
      // The client ended it, or the handshake; what it said before was recorded.
    }
  }

  private boolean tunnels(Socket client) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = client.getInputStream().read();
      if (next < 0) {
        return false;
      }
      head.append((char) next);
    }
    asked.add(head.toString());
    String status = refusal.isEmpty() ? "200 OK" : refusal;
    client
        .getOutputStream()
        .write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return refusal.isEmpty();
  }

  private void pipe(Socket from, Socket to, boolean records) {
    byte[] buffer = new byte[8_192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (records) {
          hear(buffer, read);
        }
        out.write(buffer, 0, read);
        out.flush();
      }
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
