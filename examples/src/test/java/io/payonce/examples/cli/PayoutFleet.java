package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.TestPostgres;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.PostgresProxy;
import io.payonce.testing.PostgresProxy.Cut;
import io.payonce.testing.RequiredPart;
import io.payonce.testing.SeededFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Several {@code payout} processes on one wallet, one PostgreSQL journal and one real node, each
 * with the same rows, while processes and server are killed, stopped and restarted, commits are cut
 * off, and one in ten replies and requests of sends is lost. The chain alone is the judge.
 */
final class PayoutFleet implements AutoCloseable {
  private static final Wei AMOUNT = Wei.ofCoins("0.001");
  private static final int LOST_PERCENT = 10;
  private static final int CUT_PERCENT = 2;
  private static final List<Cut> CUTS = List.of(Cut.BEFORE, Cut.WHILE, Cut.AFTER);

  /** A process that ends unfinished is started again, so often at most. */
  private static final int STARTS = 200;

  /** What happens to the fleet. */
  enum Blow {
    /** Signal 9 to a process, which is started again. */
    KILL,
    /** A process stands still for a while, often for longer than its lease, and knows nothing. */
    PAUSE,
    /** Signal 9 to every process of the database server, which is started again. */
    KILL_SERVER,
    /** As an administrator restarts it. */
    RESTART_SERVER,
    /** All connections of all processes to the database end. */
    CUT_CONNECTIONS
  }

  private final int rows;
  private final Random random;
  private final Path folder;
  private final AnvilNode node;
  private final List<FaultProxy> operators = new ArrayList<>();
  private final TestPostgres postgres;
  private final PostgresProxy proxy;
  private final PayoutScene wallet;
  private final List<Member> members = new ArrayList<>();

  /** Each with how many rows were paid by then. */
  private final List<String> blows = new ArrayList<>();

  private int starts;

  PayoutFleet(int processes, int rows, long seed, Path folder) throws IOException {
    System.out.printf("payout fleet: %d processes, %d rows, seed %d%n", processes, rows, seed);
    this.rows = rows;
    this.random = new Random(seed);
    this.folder = folder;
    this.postgres = TestPostgres.own();
    this.node =
        RequiredPart.orSkip(
            () -> AnvilNode.builder().blockTimeMillis(1_000).slotsInAnEpoch(1).start());
    for (int i = 0; i < 2; i++) {
      operators.add(operator(seed + i));
    }
    Random cuts = new Random(seed);
    this.proxy =
        PostgresProxy.start(
            postgres.server().port(),
            () -> cuts.nextInt(100) < CUT_PERCENT ? CUTS.get(cuts.nextInt(CUTS.size())) : Cut.NONE);
    this.wallet = new PayoutScene(node, operators, folder, 1);
    for (int i = 0; i < processes; i++) {
      members.add(new Member(i));
    }
  }

  private FaultProxy operator(long seed) throws IOException {
    return FaultProxy.forwardingTo(node.url())
        .policy(
            SeededFaults.builder(new SplittableRandom(seed))
                .percent(Fault.LOST_REPLY, LOST_PERCENT)
                .percent(Fault.LOST_REQUEST, LOST_PERCENT)
                .build()
                .onMethod("eth_sendRawTransaction"))
        .start();
  }

  /** One process of the fleet, which may be started many times. */
  private final class Member {
    private final int number;
    private final List<String> command;
    private @Nullable Process process;

    Member(int number) throws IOException {
      this.number = number;
      List<String> lines = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        lines.add("row-" + row + ",native," + payee(row) + "," + AMOUNT.toCoins());
      }
      Collections.rotate(lines, number * rows / 3); // each begins with other rows
      lines.add(0, "key,asset,to,amount");
      Path csv = Files.write(folder.resolve("rows-" + number + ".csv"), lines);
      List<String> args = new ArrayList<>();
      args.addAll(List.of("payout", "--rpc", wallet.rpc(2), "--yes", "--json"));
      args.addAll(List.of("--csv", csv.toString(), "--timeout", "20m"));
      args.addAll(List.of("--journal", proxy.url("postgres")));
      command = OwnProcess.command(args);
    }

    Process start() throws IOException {
      assertThat(++starts).as("starts of all processes").isLessThan(STARTS);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(wallet.environment());
      builder.environment().putAll(postgres.environment(TestPostgres.APP));
      builder.redirectError(ProcessBuilder.Redirect.appendTo(log("err")));
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log("out")));
      Process started = builder.start();
      process = started;
      return started;
    }

    private java.io.File log(String stream) {
      return folder.resolve("payout-" + number + "." + stream).toFile();
    }

    boolean isAlive() {
      return process != null && process.isAlive();
    }

    void kill() {
      if (process != null) {
        Process unused = process.destroyForcibly().onExit().join();
      }
    }

    void signal(String name) throws IOException, InterruptedException {
      if (process != null && process.isAlive()) {
        int unused =
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      }
    }

    /** Until a run of it says that every row is paid and final. */
    void runToTheEnd() throws Exception {
      Process running = process == null ? start() : process;
      while (running.waitFor() != ExitCode.OK) {
        running = start();
      }
      List<String> lines = Files.readAllLines(log("out").toPath());
      assertThat(lines.get(lines.size() - 1))
          .isEqualTo(
              "{\"rows\":%d,\"paidFinal\":%d,\"notPaid\":0,\"held\":0,\"undecided\":0}"
                  .formatted(rows, rows));
    }
  }

  /** Starts all, strikes so often at random moments, and lets those that live come to the end. */
  void run(int strikes) throws Exception {
    long started = System.nanoTime();
    for (Member member : members) {
      Process unused = member.start();
    }
    List<Blow> order = new ArrayList<>(List.of(Blow.values()));
    for (int strike = 0; strike < strikes; strike++) {
      if (strike % order.size() == 0) {
        Collections.shuffle(order, random); // each kind once before any comes again
      }
      awaitPaid((strike * rows + random.nextInt(rows)) / strikes);
      strike(members.get(random.nextInt(members.size())), order.get(strike % order.size()));
    }
    for (Member member : members) {
      member.runToTheEnd();
    }
    judge();
    System.out.printf(
        "payout fleet: %s%n%d starts, %d commits cut off, %d replies and %d requests lost, %.1f s:"
            + " 0 extra, 0 lost, 0 stuck%n",
        blows,
        starts,
        proxy.commits(Cut.BEFORE) + proxy.commits(Cut.WHILE) + proxy.commits(Cut.AFTER),
        operators.stream().mapToLong(operator -> operator.hits(Fault.LOST_REPLY)).sum(),
        operators.stream().mapToLong(operator -> operator.hits(Fault.LOST_REQUEST)).sum(),
        (System.nanoTime() - started) / 1e9);
  }

  /** A random moment of the course; one that stands still is struck all the same. */
  private void awaitPaid(int paid) throws InterruptedException {
    long started = System.nanoTime();
    while (wallet.paidTransactions() < paid
        && System.nanoTime() - started < TimeUnit.SECONDS.toNanos(20)) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    TimeUnit.MILLISECONDS.sleep(random.nextInt(1_000));
  }

  private void strike(Member member, Blow blow) throws Exception {
    blows.add(blow + "@" + wallet.paidTransactions());
    switch (blow) {
      case KILL -> {
        member.kill();
        Process unused = member.start();
      }
      case PAUSE -> {
        member.signal("STOP");
        TimeUnit.MILLISECONDS.sleep(1_000 + random.nextInt(13_000));
        member.signal("CONT");
      }
      case KILL_SERVER -> {
        postgres.server().kill();
        TimeUnit.MILLISECONDS.sleep(random.nextInt(2_000));
        postgres.server().start();
      }
      case RESTART_SERVER -> {
        postgres.server().stop();
        postgres.server().start();
      }
      case CUT_CONNECTIONS -> proxy.cutAll();
    }
    for (Member other : members) {
      if (!other.isAlive()) {
        Process unused = other.start(); // one that has ended: run again pays nothing
      }
    }
  }

  private void judge() {
    int extra = 0;
    int unpaid = 0;
    for (int row = 0; row < rows; row++) {
      int order = node.balance(payee(row)).compareTo(AMOUNT);
      extra += order > 0 ? 1 : 0;
      unpaid += order < 0 ? 1 : 0;
    }
    assertThat(extra).as("extra payments").isZero();
    assertThat(unpaid).as("unpaid rows").isZero();
    assertThat(wallet.paidTransactions()).as("transactions").isEqualTo(rows);
    assertThat(node.pendingNonce(wallet.wallet())).as("left in the pool").isEqualTo(rows);
  }

  private static Address payee(int row) {
    return Address.of("0x00000000000000000000000000000000f1ee%04x".formatted(row));
  }

  @Override
  public void close() throws IOException {
    for (Member member : members) {
      member.kill();
    }
    proxy.close();
    operators.forEach(FaultProxy::close);
    node.close();
    postgres.close();
  }
}
