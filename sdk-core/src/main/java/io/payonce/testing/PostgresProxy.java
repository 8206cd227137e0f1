package io.payonce.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Stands between a client and a PostgreSQL server and cuts connections where it hurts most: in the
 * COMMIT, when the client cannot know whether it counts. On a free port of the loopback interface;
 * everything else passes as it is, unencrypted. Thread-safe.
 */
public final class PostgresProxy implements AutoCloseable {
  private static final int CANCEL_REQUEST = 80877102;
  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;
  private static final int LONGEST_MESSAGE = 64 << 20;

  /** What happens to the connection of one COMMIT. */
  public enum Cut {
    /** Nothing: the answer arrives. */
    NONE,
    /** The server never hears of it, and undoes the transaction. */
    BEFORE,
    /** It is on its way when the connection ends; the server may commit or not. */
    WHILE,
    /** The server has committed, and its answer is lost. */
    AFTER
  }

  private final ServerSocket server;
  private final int upstream;
  private volatile Supplier<Cut> policy;

  @GuardedBy("open")
  private final Set<Link> open = new LinkedHashSet<>();

  @GuardedBy("open")
  private final Map<Cut, Long> commits = new EnumMap<>(Cut.class);

  private PostgresProxy(ServerSocket server, int upstream, Supplier<Cut> policy) {
    this.server = server;
    this.upstream = upstream;
    this.policy = policy;
  }

  /**
   * Starts in front of a server of this machine.
   *
   * @param policy asked at each COMMIT, by several threads
   */
  public static PostgresProxy start(int upstreamPort, Supplier<Cut> policy) throws IOException {
    PostgresProxy made =
        new PostgresProxy(
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), upstreamPort, policy);
    made.thread("accept", made::accept);
    return made;
  }

  /** Decides with another policy from the next COMMIT on. */
  public void policy(Supplier<Cut> next) {
    policy = next;
  }

  /** A database behind this proxy. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + server.getLocalPort() + "/" + database;
  }

  /** How many COMMITs met this. */
  public long commits(Cut cut) {
    synchronized (open) {
      return commits.getOrDefault(cut, 0L);
    }
  }

  /** Ends all connections now, wherever they are; new ones are taken. */
  public void cutAll() {
    List<Link> now;
    synchronized (open) {
      now = List.copyOf(open);
    }
    now.forEach(Link::close);
  }

  /** Idempotent. Ends all connections and takes no more. */
  @Override
  public void close() throws IOException {
    server.close();
    cutAll();
  }

  private void thread(String name, Runnable task) {
    Thread thread = new Thread(task, "postgres-proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        thread("client", () -> serve(client));
      } catch (IOException e) {
        // Closed, or a client that went away before it was there: the loop knows which.
      }
    }
  }

  private void serve(Socket client) {
    try (Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), upstream))) {
      synchronized (open) {
        open.add(link);
      }
      try {
        link.run();
      } finally {
        synchronized (open) {
          open.remove(link);
        }
      }
    } catch (IOException e) {
      // One side has gone, which the other learns by the close of both.
    } finally {
      quietly(client);
    }
  }

  private Cut decide() {
    Cut cut = policy.get();
    synchronized (open) {
      commits.merge(cut, 1L, Long::sum);
    }
    return cut;
  }

  private static void quietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // It is of no more use, closed or not.
    }
  }

  /** One message of either side: its type, and its body without the length. */
  private record Message(int type, byte[] body) {
    static Message read(DataInputStream in) throws IOException {
      int type = in.readUnsignedByte();
      return new Message(type, body(in));
    }

    static byte[] body(DataInputStream in) throws IOException {
      int length = in.readInt() - Integer.BYTES;
      if (length < 0 || length > LONGEST_MESSAGE) {
        throw new IOException("no message of PostgreSQL: length " + length);
      }
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException();
      }
      return body;
    }

    void write(DataOutputStream out) throws IOException {
      out.writeByte(type);
      out.writeInt(body.length + Integer.BYTES);
      out.write(body);
    }

    /** A statement that is parsed (after its name) or run as it stands. */
    boolean isCommit() {
      if (type != 'P' && type != 'Q') {
        return false;
      }
      String[] words = new String(body, StandardCharsets.UTF_8).split("\0", -1);
      String sql = words[type == 'P' ? 1 : 0];
      return sql.strip().toUpperCase(Locale.ROOT).equals("COMMIT");
    }

    /** The server acts on what it was sent up to here. */
    boolean isEndOfRequest() {
      return type == 'S' || type == 'Q';
    }
  }

  /** A connection of a client, and its own to the server. */
  private final class Link implements AutoCloseable {
    private final Socket client;
    private final Socket server;
    private volatile boolean swallowing;

    Link(Socket client, Socket server) throws IOException {
      this.client = client;
      this.server = server;
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    }

    void run() throws IOException {
      DataInputStream requests = in(client);
      DataOutputStream forward = out(server);
      if (!greet(requests, forward)) {
        return;
      }
      thread("server", this::answer);
      Cut cut = Cut.NONE;
      while (true) {
        Message message = Message.read(requests);
        if (message.isCommit()) {
          cut = decide();
          if (cut == Cut.BEFORE) {
            return;
          }
          swallowing = cut == Cut.AFTER;
        }
        message.write(forward);
        if (message.isEndOfRequest() && cut == Cut.WHILE) {
          forward.flush();
          return;
        }
        if (requests.available() == 0) {
          forward.flush();
        }
      }
    }

    /** Passes what a client says first; false when that was all. Encryption is declined. */
    private boolean greet(DataInputStream requests, DataOutputStream forward) throws IOException {
      while (true) {
        byte[] body = Message.body(requests);
        int code = ByteBuffer.wrap(body).getInt();
        if (code == SSL_REQUEST || code == GSS_REQUEST) {
          client.getOutputStream().write('N');
          client.getOutputStream().flush();
          continue;
        }
        forward.writeInt(body.length + Integer.BYTES);
        forward.write(body);
        forward.flush();
        return code != CANCEL_REQUEST;
      }
    }

    private void answer() {
      try {
        DataInputStream answers = in(server);
        DataOutputStream back = out(client);
        while (true) {
          Message message = Message.read(answers);
          if (swallowing) {
            if (message.type() == 'Z') { // ready for the next: the COMMIT is done
              return;
            }
          } else {
            message.write(back);
            if (answers.available() == 0) {
              back.flush();
            }
          }
        }
      } catch (IOException e) {
        // One side has gone, which the other learns by the close of both.
      } finally {
        close();
      }
    }

    @Override
    public void close() {
      quietly(client);
      quietly(server);
    }
  }

  private static DataInputStream in(Socket socket) throws IOException {
    return new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  private static DataOutputStream out(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }
}
