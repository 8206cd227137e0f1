package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A faulty network in front of a node: an HTTP/1.1 server of raw sockets on a free loopback port
 * that forwards each request to one plain HTTP endpoint, or has it answered by a function, and does
 * to it what a {@link FaultPolicy} says.
 *
 * <p>A request is forwarded once or, for {@link Fault#DUPLICATE}, twice; never again on its own. A
 * node that cannot be reached closes the client's connection and counts in {@link
 * #upstreamFailures()}: a judge of a run wants it to be zero. Answers may be as large as 64 MB;
 * WebSocket is refused with 501: {@link PushServer} speaks it.
 *
 * <p>Thread-safe. Threads are its own, one per connection (further connections wait) and daemons;
 * {@link #close()} ends them.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int ACCEPT_QUEUE = 256;
  private static final int FLOOD_BYTES = 64 << 20;
  private static final int CLOSE_TIMEOUT_SECONDS = 10;

  private final ServerSocket server;
  private final Supplier<Upstream> upstream;
  private final Config config;
  private final ExecutorService threads;
  private final Semaphore connections;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicLong ordinals = new AtomicLong();
  private final AtomicLong upstreamFailures = new AtomicLong();
  private volatile FaultPolicy policy;

  @GuardedBy("log")
  private final Map<Fault, Long> hits = new EnumMap<>(Fault.class);

  @GuardedBy("log")
  private final Deque<Seen> log = new ArrayDeque<>();

  private FaultProxy(Supplier<Upstream> upstream, Config config, FaultPolicy policy) {
    this.upstream = upstream;
    this.config = config;
    this.policy = policy;
    this.connections = new Semaphore(config.maxConnections());
    try {
      this.server = new ServerSocket(0, ACCEPT_QUEUE, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.threads =
        new ThreadPoolExecutor(
            0,
            config.maxConnections() + 1,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              Thread thread = new Thread(work, "fault-proxy-" + server.getLocalPort());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Forwards to a node, {@code http://host:port} with an optional path. */
  public static Builder forwardingTo(URI node) {
    if (!"http".equals(node.getScheme()) || node.getHost() == null || node.getPort() < 1) {
      throw new IllegalArgumentException("node must be http://host:port");
    }
    return new Builder(() -> new Upstream.Node(node));
  }

  /**
   * Answers by a function in place of a node; "forwarded" then means that the function was asked.
   * It is called on the threads of the connections, several at once. When it throws, the client's
   * connection is closed and the call counts in {@link #upstreamFailures()}.
   */
  public static Builder scripted(Function<ProxiedRequest, HttpReply> script) {
    return new Builder(() -> new Upstream.Scripted(script));
  }

  /** What became of one request. */
  public record Seen(ProxiedRequest request, Fault fault) {}

  /**
   * The settings of a proxy.
   *
   * @param delay of {@link Fault#DELAY}
   * @param maxHang how long a silent connection stays open at most
   * @param maxConnections connections served at once
   * @param logLimit requests remembered; older ones are forgotten
   */
  public record Config(Duration delay, Duration maxHang, int maxConnections, int logLimit) {}

  /** Where clients connect to. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  public Config config() {
    return config;
  }

  /** Decides with another policy from the next request on. */
  public void policy(FaultPolicy next) {
    policy = next;
  }

  /** How many requests met this fault. */
  public long hits(Fault fault) {
    synchronized (log) {
      return hits.getOrDefault(fault, 0L);
    }
  }

  /** How many requests were read. */
  public long requests() {
    return ordinals.get();
  }

  /** How many requests the node or the script should have answered and did not. */
  public long upstreamFailures() {
    return upstreamFailures.get();
  }

  /** The newest requests, in the order of their arrival. */
  public List<Seen> log() {
    List<Seen> all;
    synchronized (log) {
      all = new ArrayList<>(log);
    }
    // What arrives together is remembered in another order: each connection has its own thread.
    all.sort(Comparator.comparingLong(seen -> seen.request().ordinal()));
    return List.copyOf(all);
  }

  /** Cuts all connections as they are, and goes on listening. */
  public void cutConnections() {
    open.forEach(FaultProxy::closeQuietly);
  }

  /** Stops listening, cuts all connections and ends all threads. Later calls do nothing. */
  @Override
  public void close() {
    closing.countDown();
    closeQuietly(server);
    cutConnections();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a connection of the fault proxy did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private FaultProxy started() {
    threads.execute(this::accept);
    return this;
  }

  private void accept() {
    try {
      while (closing.getCount() > 0) {
        connections.acquire();
        Socket client = server.accept();
        open.add(client);
        try {
          threads.execute(() -> converse(client));
        } catch (RejectedExecutionException closed) {
          closeQuietly(client);
        }
        if (closing.getCount() == 0) {
          closeQuietly(client); // close() may have looked at the open ones before this was one
        }
      }
    } catch (IOException e) {
      // Closing the socket is how close() ends accept(); anything else must be seen.
      if (closing.getCount() > 0) {
        throw new UncheckedIOException(e);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void converse(Socket client) {
    try (client;
        Upstream node = upstream.get()) {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream());
      boolean goOn = closing.getCount() > 0;
      while (goOn) {
        HttpWire.Message message = HttpWire.readRequest(in, client.getOutputStream());
        goOn = message != null && serve(message, client, node) && !message.closesConnection();
      }
    } catch (IOException clientLeft) {
      // Safe: a client may leave at any time, and close() cuts connections this way.
    } finally {
      open.remove(client);
      connections.release();
    }
  }

  /** Deals with one request; false when the connection shall end. */
  private boolean serve(HttpWire.Message message, Socket client, Upstream node) throws IOException {
    String[] start = message.start().split(" ", 3);
    ProxiedRequest request =
        ProxiedRequest.of(
            ordinals.getAndIncrement(),
            start[0],
            start.length > 1 ? start[1] : "/",
            message.headers(),
            message.text());
    if (request.headers().containsKey("sec-websocket-key")) {
      return write(client, HttpReply.of(501, "this proxy does not speak WebSocket"));
    }
    Fault fault = policy.decide(request);
    remember(new Seen(request, fault));
    return switch (fault) {
      case LOST_REQUEST -> false;
      case HUNG_REQUEST -> hang(client);
      case RESET -> {
        client.setSoLinger(true, 0);
        yield false;
      }
      case SERVER_ERROR -> write(client, HttpReply.of(503, "service unavailable"));
      case RATE_LIMITED ->
          write(client, HttpReply.of(429, "too many requests").withHeader("retry-after", "1"));
      default -> forward(fault, request, client, node);
    };
  }

  private boolean forward(Fault fault, ProxiedRequest request, Socket client, Upstream node)
      throws IOException {
    if (fault == Fault.DELAY && closingWithin(config.delay())) {
      return false;
    }
    HttpReply reply;
    try {
      reply =
          fault == Fault.REFUSED_ELEMENT
              ? refuseOne(request, node)
              : node.send(request, request.body());
      if (fault == Fault.DUPLICATE) {
        reply = node.send(request, request.body());
      }
    } catch (IOException | RuntimeException noAnswer) {
      upstreamFailures.incrementAndGet();
      return false;
    }
    String body = reply.body();
    return switch (fault) {
      case LOST_REPLY -> false;
      case HUNG_REPLY -> hang(client);
      case CUT_REPLY -> {
        byte[] bytes = encode(reply);
        int half = body.getBytes(StandardCharsets.UTF_8).length / 2;
        client.getOutputStream().write(Arrays.copyOf(bytes, bytes.length - Math.max(1, half)));
        yield false;
      }
      case GATEWAY_TIMEOUT -> write(client, HttpReply.of(504, "gateway timeout"));
      case WRONG_HASH -> write(client, reply.withBody(FaultyBatch.withWrongHashes(request, body)));
      case LOST_ELEMENT ->
          request.batch()
              && write(client, reply.withBody(FaultyBatch.withoutVictimsAnswer(request, body)));
      case WRONG_ID -> write(client, reply.withBody(FaultyBatch.withWrongIds(request, body)));
      case DUPLICATE_ID -> write(client, reply.withBody(FaultyBatch.withDuplicate(body)));
      case SLOW_DRIP -> drip(client, encode(reply));
      case HUGE_REPLY -> flood(client, body);
      case REORDERED ->
          write(client, request.batch() ? reply.withBody(FaultyBatch.reversed(body)) : reply);
      default -> write(client, reply);
    };
  }

  private static HttpReply refuseOne(ProxiedRequest request, Upstream node) throws IOException {
    if (request.calls().isEmpty()) {
      return node.send(request, request.body());
    }
    String refusal = FaultyBatch.refusal(request);
    if (!request.batch()) {
      return HttpReply.json(refusal);
    }
    if (request.calls().size() == 1) {
      return HttpReply.json("[" + refusal + "]");
    }
    HttpReply rest = node.send(request, FaultyBatch.withoutVictim(request));
    return rest.withBody(FaultyBatch.plus(rest.body(), refusal));
  }

  private void remember(Seen seen) {
    synchronized (log) {
      hits.merge(seen.fault(), 1L, Long::sum);
      if (log.size() == config.logLimit()) {
        log.removeFirst();
      }
      log.addLast(seen);
    }
  }

  /** Says nothing until the client leaves, time is up, or the proxy closes. */
  private boolean hang(Socket client) throws IOException {
    client.setSoTimeout(Math.toIntExact(config.maxHang().toMillis()));
    int next;
    do {
      next = client.getInputStream().read();
    } while (next >= 0);
    return false;
  }

  private boolean drip(Socket client, byte[] bytes) throws IOException {
    for (byte one : bytes) {
      if (closingWithin(config.delay())) {
        return false;
      }
      client.getOutputStream().write(one);
    }
    return true;
  }

  /** Without a stated length, so that nobody can refuse it by that. */
  private static boolean flood(Socket client, String body) throws IOException {
    String head = "HTTP/1.1 200 .\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    byte[] blanks = new byte[1 << 16];
    Arrays.fill(blanks, (byte) ' ');
    for (int i = 0; i <= FLOOD_BYTES / blanks.length; i++) {
      client.getOutputStream().write(blanks); // ends with an exception when the client has enough
    }
    client.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    return false;
  }

  private boolean closingWithin(Duration wait) {
    try {
      return closing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static boolean write(Socket client, HttpReply reply) throws IOException {
    client.getOutputStream().write(encode(reply));
    return true;
  }

  private static byte[] encode(HttpReply reply) {
    return HttpWire.encode(
        "HTTP/1.1 " + reply.status() + " .",
        reply.headers(),
        reply.body().getBytes(StandardCharsets.UTF_8));
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException alreadyGone) {
      // Safe: it was to be closed.
    }
  }

  /** Settings before the start. Used by one thread. */
  public static final class Builder {
    private final Supplier<Upstream> upstream;
    private FaultPolicy policy = FaultPolicy.none();
    private Duration delay = Duration.ofMillis(200);
    private Duration maxHang = Duration.ofSeconds(60);
    private int maxConnections = 128;
    private int logLimit = 10_000;

    private Builder(Supplier<Upstream> upstream) {
      this.upstream = upstream;
    }

    /** Default: {@link FaultPolicy#none()}. */
    public Builder policy(FaultPolicy value) {
      this.policy = value;
      return this;
    }

    /** Of {@link Fault#DELAY}; default 200 ms, below the patience of usual clients. */
    public Builder delay(Duration value) {
      this.delay = within("delay", value, Duration.ofMinutes(10));
      return this;
    }

    /** Default 60 s, above the patience of usual clients. */
    public Builder maxHang(Duration value) {
      this.maxHang = within("maxHang", value, Duration.ofMinutes(10));
      return this;
    }

    /** 1 to 10,000; default 128. */
    public Builder maxConnections(int value) {
      this.maxConnections = within("maxConnections", value, 10_000);
      return this;
    }

    /** 1 to 1,000,000; default 10,000. */
    public Builder logLimit(int value) {
      this.logLimit = within("logLimit", value, 1_000_000);
      return this;
    }

    /** Binds a free port and serves at once. */
    public FaultProxy start() {
      return new FaultProxy(upstream, new Config(delay, maxHang, maxConnections, logLimit), policy)
          .started();
    }

    private static Duration within(String field, Duration value, Duration limit) {
      if (value.isNegative() || value.isZero() || value.compareTo(limit) > 0) {
        throw new IllegalArgumentException(
            field + " " + value + " must be above zero and at most " + limit);
      }
      return value;
    }

    private static int within(String field, int value, int limit) {
      if (value < 1 || value > limit) {
        throw new IllegalArgumentException(field + " " + value + " must be 1 to " + limit);
      }
      return value;
    }
  }
}
