package io.payonce.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server for tests, on a free port of the loopback interface and in a directory
 * of its own: what a host runs, with {@code fsync}, {@code full_page_writes} and {@code
 * synchronous_commit} on unless a test turns one off. Needs the server's programs {@code initdb}
 * and {@code postgres}, on the path or where Debian puts them. One thread at a time.
 *
 * <p>The server refuses to run as root; then it runs as the user {@code nobody}.
 */
public final class PostgresServer implements AutoCloseable {
  /** The role that may do everything; any password will do. */
  public static final String ADMIN = "admin";

  private static final String INSTALL = "apt-get install postgresql";
  private static final int SECONDS = 60;
  private static final long PAUSE_MILLIS = 20;

  private final Path programs;
  private final Path home;
  private int port; // chosen once, before the server runs
  private @Nullable Process server;

  private PostgresServer(Path programs, Path home) {
    this.programs = programs;
    this.home = home;
  }

  /**
   * Starts a new server; {@link RequiredPart#orSkip} ends the test when there is none here.
   *
   * @param directory below which it lives; created when missing
   * @param settings lines for its configuration, like {@code fsync = off}
   */
  public static PostgresServer start(Path directory, String... settings)
      throws MissingPartException, IOException, InterruptedException {
    Path programs = programs();
    Files.createDirectories(directory);
    Path home = Files.createTempDirectory(directory.toRealPath(), "postgres-");
    PostgresServer made = new PostgresServer(programs, home);
    made.giveToServer(home);
    made.run("initdb", "-D", made.data().toString(), "-U", ADMIN, "-A", "trust", "-E", "UTF8");
    // As late as can be: until the server has it, any process of the machine may take it.
    made.port = freePort();
    List<String> lines =
        new ArrayList<>(
            List.of(
                "listen_addresses = '127.0.0.1'",
                "port = " + made.port,
                "unix_socket_directories = ''",
                "fsync = on",
                "full_page_writes = on",
                "synchronous_commit = on"));
    lines.addAll(List.of(settings));
    Files.write(made.data().resolve("postgresql.auto.conf"), lines);
    made.start();
    return made;
  }

  /**
   * Starts it again after {@link #kill} or {@link #stop} as a replica whose primary is silent: in
   * recovery, and read-only. The next {@link #start()} makes it a primary again.
   */
  public void startAsReplica() throws IOException, InterruptedException {
    Files.createFile(standbySignal());
    launch();
  }

  /** Starts it again after {@link #kill} or {@link #stop}. */
  public void start() throws IOException, InterruptedException {
    Files.deleteIfExists(standbySignal());
    launch();
  }

  private Path standbySignal() {
    return data().resolve("standby.signal");
  }

  private void launch() throws IOException, InterruptedException {
    ProcessBuilder builder =
        asServer(programs.resolve("postgres").toString(), "-D", data().toString())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile());
    Process started = builder.start();
    server = started;
    for (int looks = 0; !isReady(started.pid()); looks++) {
      if (!started.isAlive() || looks * PAUSE_MILLIS > TimeUnit.SECONDS.toMillis(SECONDS)) {
        throw new IOException("postgres did not start: " + Files.readString(home.resolve("log")));
      }
      boolean unused = started.waitFor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** As a power cut: signal 9 to every process of the server. */
  public void kill() throws InterruptedException {
    Process running = server;
    if (running != null) {
      List<ProcessHandle> all =
          Stream.concat(running.descendants(), Stream.of(running.toHandle())).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      for (ProcessHandle each : all) {
        each.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
      }
      int unused = running.waitFor();
      server = null;
    }
  }

  /** As an administrator who restarts it: connections end at once, nothing is lost. */
  public void stop() throws InterruptedException, IOException {
    if (server != null) {
      run("pg_ctl", "-D", data().toString(), "-m", "fast", "-w", "stop");
      int unused = server.waitFor();
      server = null;
    }
  }

  public int port() {
    return port;
  }

  /** A database of this server. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /** Kills the server and removes its directory. */
  @Override
  public void close() throws IOException {
    try {
      kill();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while postgres ended", interrupted);
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private Path data() {
    return home.resolve("data");
  }

  /** The server's own lock file says so; that of one that was killed is still there. */
  private boolean isReady(long pid) throws IOException {
    List<String> lines;
    try {
      lines =
          Files.readAllLines(data().resolve("postmaster.pid"), StandardCharsets.UTF_8).stream()
              .map(String::strip)
              .toList();
    } catch (NoSuchFileException notThereNow) { // a start replaces what a kill has left
      return false;
    }
    return lines.contains(Long.toString(pid))
        && (lines.contains("ready") || lines.contains("standby"));
  }

  private void run(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
    command.addAll(List.of(arguments));
    Path log = home.resolve(program + ".log");
    Process process =
        asServer(command.toArray(String[]::new))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(program + " failed: " + Files.readString(log));
    }
  }

  private ProcessBuilder asServer(String... command) {
    List<String> words = new ArrayList<>();
    if (isRoot()) {
      words.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    words.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(words).directory(home.toFile());
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  private void giveToServer(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    if (isRoot()) {
      Files.setOwner(
          directory,
          directory
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("nobody"));
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Path programs() throws MissingPartException, IOException {
    List<Path> places = new ArrayList<>();
    for (String place : Optional.ofNullable(System.getenv("PATH")).orElse("").split(":")) {
      places.add(Path.of(place));
    }
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (Stream<Path> versions = Files.list(debian)) {
        versions.sorted(Comparator.reverseOrder()).forEach(v -> places.add(v.resolve("bin")));
      }
    }
    for (Path place : places) {
      Path postgres = place.resolve("postgres");
      if (Files.isExecutable(postgres) && Files.isExecutable(place.resolve("initdb"))) {
        return postgres.toRealPath().resolveSibling(".").normalize();
      }
    }
    throw new MissingPartException(
        "PostgreSQL", "neither the path nor " + debian + " has initdb and postgres", INSTALL);
  }
}
