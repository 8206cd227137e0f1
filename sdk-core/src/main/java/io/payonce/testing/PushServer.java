package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Bytes;
import io.payonce.internal.Keccak256;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A node that pushes heads and answers calls, badly: a WebSocket server of raw sockets on a free
 * loopback port. It answers JSON-RPC calls by a function, gives {@code eth_subscribe} an id,
 * announces the heads that {@link #announce} is given, and does to heads and answers what its
 * {@link PushFault}s say. What clients said is in {@link #log()}.
 *
 * <p>Thread-safe. Threads are its own, one per connection and daemons; {@link #close()} ends them.
 */
public final class PushServer implements AutoCloseable {
  private static final int LOG_LIMIT = 10_000;
  private static final int FLOOD_BYTES = 64 << 20;
  private static final long CLOSE_TIMEOUT_SECONDS = 10;

  private final ServerSocket server;
  private final UnaryOperator<String> answers;
  private final ExecutorService threads;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong connections = new AtomicLong();
  private volatile boolean closing;
  private volatile PushFault fault = PushFault.PASS;
  private volatile PushFault answerFault = PushFault.PASS;

  @GuardedBy("log")
  private final Deque<Seen> log = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable String heldBack;

  /**
   * A text of a client.
   *
   * @param connection 1 for the first one of this server
   */
  public record Seen(long connection, String text) {}

  private PushServer(UnaryOperator<String> answers) {
    this.answers = answers;
    try {
      this.server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "push-server-" + server.getLocalPort());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Binds a free port and serves at once.
   *
   * @param results gives the result to a method, as JSON; it is called on the threads of the
   *     connections
   */
  public static PushServer start(UnaryOperator<String> results) {
    return startNode(
        call -> {
          String id = JsonText.member(call, "id").orElse("null");
          String result = results.apply(JsonText.string(call, "method").orElse(""));
          return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}";
        });
  }

  /**
   * The same with whole answers, as those of a real node.
   *
   * @param answers gives the answer to a call, of which batches are made here; it is called on the
   *     threads of the connections, for everything but subscriptions
   */
  public static PushServer startNode(UnaryOperator<String> answers) {
    PushServer started = new PushServer(answers);
    started.threads.execute(started::accept);
    return started;
  }

  /** Where clients connect to. */
  public URI url() {
    return URI.create("ws://127.0.0.1:" + server.getLocalPort());
  }

  /** What is done to connections and heads from now on. */
  public void fault(PushFault next) {
    fault = next;
  }

  /**
   * What is done from now on to answers to calls that are no subscriptions. The calls themselves
   * are carried out.
   *
   * @param next {@link PushFault#PASS}, or one that strikes heads and needs no second one
   */
  public void answerFault(PushFault next) {
    boolean fits =
        next == PushFault.PASS
            || (next.compareTo(PushFault.LOST) >= 0
                && next != PushFault.OUT_OF_ORDER
                && next != PushFault.LIE
                && next != PushFault.FOREIGN_SUBSCRIPTION);
    if (!fits) {
      throw new IllegalArgumentException("fault " + next + " strikes no answers");
    }
    answerFault = next;
  }

  /** How many connections were begun. */
  public long connections() {
    return connections.get();
  }

  /** How many connections have a subscription now. */
  public long subscriptions() {
    return open.stream().filter(Connection::isSubscribed).count();
  }

  /**
   * The newest texts of clients, oldest first. What is in it meets the faults of before it was in
   * it.
   */
  public List<Seen> log() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /**
   * Announces a head, as the present fault has it.
   *
   * @param header as JSON, with its {@code hash}
   */
  public void announce(String header) {
    PushFault now = fault;
    List<String> texts = new ArrayList<>();
    synchronized (this) {
      if (now == PushFault.OUT_OF_ORDER && heldBack == null) {
        heldBack = header;
        return;
      }
      texts.add(now == PushFault.LIE ? withOtherHash(header) : header);
      if (heldBack != null) {
        texts.add(heldBack);
        heldBack = null;
      }
    }
    for (Connection connection : open) {
      for (String text : texts) {
        connection.announce(now, text);
      }
    }
  }

  private static String withOtherHash(String header) {
    String hash = JsonText.string(header, "hash").orElseThrow();
    String other = Bytes.of(Keccak256.of(hash.getBytes(StandardCharsets.US_ASCII))).toHex();
    return header.replace('"' + hash + '"', '"' + other + '"');
  }

  /** Cuts all connections as they are, hears nothing more on them, and goes on listening. */
  public void cutConnections() {
    List<Connection> cut = List.copyOf(open);
    cut.forEach(Connection::close);
    cut.forEach(Connection::awaitEnd);
  }

  /** Stops listening, cuts all connections and ends all threads. Later calls do nothing. */
  @Override
  public void close() {
    closing = true;
    closeQuietly(server);
    open.forEach(Connection::close);
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a connection of the push server did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    try {
      while (!closing) {
        Connection client = new Connection(server.accept(), connections.incrementAndGet());
        open.add(client);
        try {
          threads.execute(client::converse);
        } catch (RejectedExecutionException closed) {
          client.close();
        }
        if (closing) {
          client.close(); // close() may have looked at the open ones before this was one
        }
      }
    } catch (IOException e) {
      // Closing the socket is how close() ends accept(); anything else must be seen.
      if (!closing) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void remember(Seen seen) {
    synchronized (log) {
      if (log.size() == LOG_LIMIT) {
        log.removeFirst();
      }
      log.addLast(seen);
    }
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException alreadyGone) {
      // Safe: it was to be closed.
    }
  }

  /** One client. Its monitor keeps frames whole. */
  private final class Connection {
    private final Socket socket;
    private final long number;
    private final String subscription;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Thread conversing;

    @GuardedBy("this")
    private boolean isSubscribed;

    Connection(Socket socket, long number) {
      this.socket = socket;
      this.number = number;
      this.subscription = "0x" + Long.toHexString(number);
    }

    synchronized boolean isSubscribed() {
      return isSubscribed;
    }

    void converse() {
      conversing = Thread.currentThread();
      try (socket) {
        socket.setTcpNoDelay(true);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        if (opened(in)) {
          listen(in);
        }
      } catch (IOException clientLeft) {
        // Safe: a client may leave at any time, and close() cuts connections this way.
      } finally {
        open.remove(this);
        ended.countDown();
      }
    }

    /** A read that waits in the system may take what comes while its socket is being closed. */
    void awaitEnd() {
      try {
        if (Thread.currentThread() != conversing
            && !ended.await(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("a connection of the push server did not end");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean opened(InputStream in) throws IOException {
      HttpWire.Message request = HttpWire.readRequest(in, socket.getOutputStream());
      if (request == null) {
        return false;
      }
      PushFault now = fault;
      remember(new Seen(number, request.start()));
      OutputStream out = socket.getOutputStream();
      switch (now) {
        case REFUSED ->
            out.write(
                "HTTP/1.1 503 .\r\ncontent-length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        case WRONG_KEY -> out.write(WebSocketWire.wrongAccept());
        case HUNG_OPENING -> in.readAllBytes(); // until the client leaves, or this server closes
        default -> out.write(WebSocketWire.accept(request.headers()));
      }
      return !now.strikesConnections();
    }

    private void listen(InputStream in) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      while (true) {
        WebSocketWire.Frame frame = WebSocketWire.read(in);
        if (frame == null) {
          return;
        }
        switch (frame.opcode()) {
          case WebSocketWire.PING -> write(WebSocketWire.PONG, frame.payload());
          case WebSocketWire.CLOSE -> {
            write(WebSocketWire.CLOSE, frame.payload());
            return;
          }
          case WebSocketWire.TEXT, WebSocketWire.CONTINUATION -> {
            message.writeBytes(frame.payload());
            if (frame.isLast()) {
              heard(message.toString(StandardCharsets.UTF_8));
              message.reset();
            }
          }
          default -> {
            // A pong says nothing new.
          }
        }
      }
    }

    private void heard(String text) throws IOException {
      // Before it is logged: whoever sees it in the log may set the next fault.
      PushFault now = fault;
      PushFault nowOfAnswers = answerFault;
      remember(new Seen(number, text));
      if (now == PushFault.HUNG_CALLS) {
        return;
      }
      List<String> replies = new ArrayList<>();
      for (String call : JsonText.elements(text)) {
        String head =
            "{\"jsonrpc\":\"2.0\",\"id\":" + JsonText.member(call, "id").orElse("null") + ",";
        String method = JsonText.string(call, "method").orElse("");
        if (now == PushFault.REFUSED_CALLS) {
          replies.add(
              head + "\"error\":{\"code\":-32601,\"message\":\"notifications not supported\"}}");
        } else if (method.equals("eth_subscribe")) {
          replies.add(head + "\"result\":\"" + subscription + "\"}");
        } else {
          replies.add(answers.apply(call));
        }
      }
      boolean isBatch = JsonText.isArray(text);
      String reply = isBatch ? "[" + String.join(",", replies) + "]" : replies.get(0);
      boolean subscribes = text.contains("eth_subscribe");
      synchronized (this) {
        say(subscribes ? PushFault.PASS : nowOfAnswers, WebSocketWire.text(reply));
        isSubscribed |= now != PushFault.REFUSED_CALLS && subscribes;
      }
    }

    private synchronized void write(int opcode, byte[] payload) throws IOException {
      WebSocketWire.write(socket.getOutputStream(), opcode, payload);
    }

    synchronized void announce(PushFault how, String header) {
      if (!isSubscribed) {
        return;
      }
      try {
        boolean foreign = how == PushFault.FOREIGN_SUBSCRIPTION;
        say(how, WebSocketWire.text(notification(foreign ? "0xdead" : subscription, header)));
      } catch (IOException clientLeft) {
        close();
      }
    }

    private synchronized void say(PushFault how, byte[] text) throws IOException {
      OutputStream out = socket.getOutputStream();
      switch (how) {
        case LOST -> {
          // Nobody gets to know of it.
        }
        case DUPLICATE -> {
          write(WebSocketWire.TEXT, text);
          write(WebSocketWire.TEXT, text);
        }
        case FRAGMENTED -> inThree(out, text);
        case GARBAGE -> write(WebSocketWire.TEXT, WebSocketWire.text("{\"jsonrpc\":"));
        case HUGE -> flood(out);
        case HALF_FRAME -> {
          WebSocketWire.writeHead(out, true, WebSocketWire.TEXT, text.length);
          out.write(text, 0, text.length / 2);
          close();
        }
        case CLOSE -> write(WebSocketWire.CLOSE, WebSocketWire.closing(1001));
        case CLOSE_THROTTLED -> write(WebSocketWire.CLOSE, WebSocketWire.closing(1013));
        case RESET -> {
          socket.setSoLinger(true, 0);
          close();
        }
        default -> write(WebSocketWire.TEXT, text);
      }
    }

    private static String notification(String subscription, String header) {
      return "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\""
          + subscription
          + "\",\"result\":"
          + header
          + "}}";
    }

    private static void inThree(OutputStream out, byte[] text) throws IOException {
      int third = text.length / 3;
      byte[] first = Arrays.copyOf(text, third);
      byte[] second = Arrays.copyOfRange(text, third, 2 * third);
      byte[] last = Arrays.copyOfRange(text, 2 * third, text.length);
      WebSocketWire.write(out, false, WebSocketWire.TEXT, first);
      WebSocketWire.write(out, false, WebSocketWire.CONTINUATION, second);
      WebSocketWire.write(out, true, WebSocketWire.CONTINUATION, last);
    }

    private static void flood(OutputStream out) throws IOException {
      WebSocketWire.writeHead(out, true, WebSocketWire.TEXT, 1L << 30);
      byte[] blanks = new byte[1 << 16];
      Arrays.fill(blanks, (byte) ' ');
      for (int i = 0; i < FLOOD_BYTES / blanks.length; i++) {
        out.write(blanks); // ends with an exception when the client has enough
      }
    }

    void close() {
      closeQuietly(socket);
    }
  }
}
