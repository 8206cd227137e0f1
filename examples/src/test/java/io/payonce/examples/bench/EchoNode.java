package io.payonce.examples.bench;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The least that can be called a node: HTTP/1.1 over raw sockets on loopback, one thread for each
 * connection, and the same small result for every question. It may hang, be slow, fail and cut its
 * connections.
 */
final class EchoNode implements Closeable {
  private static final String BLOCK =
      "{\"number\":\"0x64\",\"hash\":\"0x" + "64".repeat(32) + "\"}";

  /** The name of all its threads. */
  static final String THREAD = "echo-node";

  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong questions = new AtomicLong();
  private volatile boolean hangs;
  private volatile long delayMillis;

  /** Of a hundred questions so many are answered with 503, by lot. */
  private volatile int errors;

  private final Random lots = new Random(11);

  EchoNode() throws IOException {
    server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/";
  }

  /** Reads and never answers from now on. */
  void hang() {
    hangs = true;
  }

  /** Answers so late from now on. */
  void delay(long millis) {
    delayMillis = millis;
  }

  /** Answers so many of a hundred questions with HTTP 503 from now on. */
  void errors(int percent) {
    errors = percent;
  }

  /** Ends all its connections, whatever is under way. */
  void cut() {
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException closed) {
        // Safe: it is closed.
      }
    }
  }

  long questions() {
    return questions.get();
  }

  /** The answer to a body with one question or several. */
  static byte[] answer(byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    StringBuilder out = new StringBuilder(96);
    boolean batch = text.charAt(0) == '[';
    out.append(batch ? "[" : "");
    int from = 0;
    for (int at = text.indexOf("\"id\":"); at >= 0; at = text.indexOf("\"id\":", from)) {
      int end = text.indexOf(',', at);
      out.append(from > 0 ? "," : "").append("{\"jsonrpc\":\"2.0\",").append(text, at, end);
      boolean asksForChain = text.startsWith("\"method\":\"eth_chainId\"", end + 1);
      boolean asksForBlock = text.startsWith("\"method\":\"eth_getBlockByNumber\"", end + 1);
      out.append(",\"result\":")
          .append(asksForBlock ? BLOCK : asksForChain ? "\"0x1\"" : "\"0x3b9aca00\"")
          .append('}');
      from = end;
    }
    return out.append(batch ? "]" : "").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        open.add(client);
        daemon(() -> serve(client));
      }
    } catch (IOException closed) {
      if (!server.isClosed()) {
        throw new UncheckedIOException(closed);
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream(), 8192);
      for (int length = length(in); length >= 0; length = length(in)) {
        byte[] body = in.readNBytes(length);
        questions.incrementAndGet();
        if (!hangs) {
          boolean fails = errors > 0 && lots.nextInt(100) < errors;
          byte[] answer = fails ? new byte[0] : answer(body);
          pause();
          byte[] head =
              ((fails ? "HTTP/1.1 503 Busy" : "HTTP/1.1 200 OK")
                      + "\r\ncontent-type: application/json\r\ncontent-length: "
                      + answer.length
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1);
          byte[] all = new byte[head.length + answer.length];
          System.arraycopy(head, 0, all, 0, head.length);
          System.arraycopy(answer, 0, all, head.length, answer.length);
          client.getOutputStream().write(all);
        }
      }
    } catch (IOException left) {
      // Safe: clients close their connections when a run is over.
    } finally {
      open.remove(client);
    }
  }

  private void pause() throws IOException {
    if (delayMillis > 0) {
      try {
        Thread.sleep(delayMillis);
      } catch (InterruptedException ended) {
        throw new IOException(ended);
      }
    }
  }

  /** Reads the head of a request; its content length, or -1 at the end of the connection. */
  private static int length(InputStream in) throws IOException {
    int length = 0;
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next != '\n') {
        line.append((char) next);
        continue;
      }
      if (line.length() == 1) {
        return length;
      }
      if (line.toString().regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
      line.setLength(0);
    }
    return -1;
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, THREAD);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
