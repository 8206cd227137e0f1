package io.payonce.examples;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.failure.FailureClassifier;
import io.payonce.fee.FeePolicy;
import io.payonce.nonce.LaneStatus;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayment;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The surroundings of the examples: a simulated chain behind three providers, a funded hot wallet,
 * a token, and a journal in a temporary folder. {@link #start} wires Payonce exactly as a host
 * does; only time, transport and key come from the simulation.
 *
 * <p>Payees are named, and each payment has a payee of its own, so that {@link #judge} can count.
 */
final class DemoWorld implements AutoCloseable {
  static final ChainId CHAIN = ChainId.of(31337);
  static final List<String> PROVIDERS = List.of("alpha", "beta", "gamma");

  final VirtualTime time = new VirtualTime();
  private final Instant begin = time.now();
  final SimulatedChain chain;
  final Asset coin = new Asset.Native(CHAIN);
  final Asset.Erc20 token;
  final Address wallet;
  private final Path folder;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<Address, String> names = new HashMap<>();
  private final Thread owner = Thread.currentThread();
  private final Queue<Runnable> fromOtherThreads = new ConcurrentLinkedQueue<>();

  DemoWorld() {
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time).seed(1).chain(CHAIN).blockTime(Duration.ofSeconds(2));
    builder.provider("alpha", ClientFamily.GETH);
    builder.provider("beta", ClientFamily.RETH);
    builder.provider("gamma", ClientFamily.NETHERMIND);
    chain = builder.build();
    try (SoftwareKey key = key()) {
      wallet = key.address();
    }
    token = chain.deployErc20(TokenKind.PLAIN, 6, "USDX");
    chain.fund(wallet, Wei.ofCoins("10"));
    chain.fundToken(token, wallet, BigInteger.valueOf(1_000_000_000_000L));
    try {
      folder = Files.createTempDirectory("payonce-example");
    } catch (IOException noFolder) {
      throw new UncheckedIOException(noFolder);
    }
  }

  /** One process of the host with Payonce in it. */
  record Running(
      VirtualTime.Process process,
      TransferStore journal,
      RpcPool pool,
      IdempotentSubmitter payonce) {

    /** As signal 9 does: nothing of it runs any more; the journal's lock falls with the process. */
    void kill() {
      process.kill();
      stop();
    }

    void stop() {
      payonce.close();
      pool.close();
      journal.close();
    }
  }

  /** Starts the host's process and prints what becomes of its payments. */
  Running start() {
    return start(printer());
  }

  /** Starts the host's process: on a new journal, or on what an earlier process left. */
  Running start(SubmissionListener listener) {
    VirtualTime.Process process = time.newProcess();
    ChainProfile profile = ChainProfiles.builtIn().require(CHAIN);

    TransferStore journal =
        JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
    RpcPool pool =
        RpcPool.builder(profile)
            .endpoints(
                PROVIDERS.stream()
                    .map(name -> Endpoint.of(name, name, "http://127.0.0.1/" + name))
                    .toList())
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(random.split())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    GuardedSigner signer =
        GuardedSigner.builder()
            .key(key())
            .chains(CHAIN)
            .claimsIn(journal)
            .limits(
                GuardLimits.of(
                    Wei.ofCoins("0.01"),
                    TokenAmount.ofWei(CHAIN, Wei.ofCoins("2")),
                    TokenAmount.of(token, 1_000_000_000)))
            .executor(process.executor())
            .build();
    IdempotentSubmitter payonce =
        IdempotentSubmitter.builder()
            .store(journal)
            .chain(profile, pool)
            .lane(CHAIN, signer)
            .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
            .listener(listener)
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(handingOver(process.executor()))
            .scheduler(process.scheduler())
            .build();
    return new Running(process, journal, pool, payonce);
  }

  /** Lets virtual time pass until the payment has ended. */
  TransferStatus await(CompletableFuture<TransferStatus> end) {
    return time.await(end, Duration.ofMinutes(30));
  }

  /** A payee, whose address is the name in ASCII. */
  Address payee(String name) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    Address address = Address.of("0x%040x".formatted(new BigInteger(1, ascii)));
    names.put(address, name);
    return address;
  }

  Transfer coins(String amount, String payee) {
    return Transfer.of(TokenAmount.parse(coin, amount, 18)).from(wallet).to(payee(payee));
  }

  Transfer tokens(String amount, String payee) {
    return Transfer.of(TokenAmount.parse(token, amount, 6)).from(wallet).to(payee(payee));
  }

  /** A new file in the temporary folder. */
  Path file(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException notWritten) {
      throw new UncheckedIOException(notWritten);
    }
  }

  // ---- what is printed

  /** Prints with the virtual seconds since the start. */
  void say(String text) {
    long millis = Duration.between(begin, time.now()).toMillis();
    System.out.printf("%7.1f s  %s%n", millis / 1000.0, text);
  }

  void say(IdempotencyKey key, String text) {
    say("%-19s  %s".formatted(key, text));
  }

  /** What the chain says at the end, whatever Payonce believes. */
  void judge(TransferStatus end) {
    List<SimulatedPayment> paid =
        chain.payments(end.transfer().amount().asset(), end.transfer().to());
    say(end.key(), end.state() + ": the chain has paid it " + paid.size() + " time(s)");
  }

  /** An amount and its payee, as people say it. */
  String show(Transfer transfer) {
    return show(transfer.amount())
        + " to "
        + names.getOrDefault(transfer.to(), transfer.to().value());
  }

  String show(TokenAmount amount) {
    return amount.asset().equals(token)
        ? amount.toWholeUnits(6) + " USDX"
        : amount.toWholeUnits(18) + " ETH";
  }

  /** Tells each change of each payment, and what the nodes said to its bytes. */
  SubmissionListener printer() {
    return new SubmissionListener() {
      private final Map<IdempotencyKey, String> lastChange = new HashMap<>();
      private final Map<IdempotencyKey, String> lastSent = new HashMap<>();

      @Override
      public void changed(TransferStatus status) {
        String now = "%-11s %s".formatted(status.state(), meaning(status));
        if (!now.equals(lastChange.put(status.key(), now))) {
          say(status.key(), now);
        }
      }

      @Override
      public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
        String said = answers(evidence);
        String before = lastSent.put(key, said);
        // The same bytes go out again until they are mined; the same answers are no news.
        if (!said.equals(before)) {
          say(key, (before == null ? "sent: " : "sent again: ") + said);
        }
      }

      @Override
      public void laneChanged(LaneStatus lane) {
        say("wallet is " + lane.state() + " " + lane.incident());
      }

      @Override
      public void trouble(String what) {
        say("trouble: " + what);
      }
    };
  }

  private static String answers(BroadcastEvidence evidence) {
    Map<String, String> endpointsByWord = new TreeMap<>();
    evidence.answers().stream()
        .sorted(Comparator.comparing(BroadcastEvidence.Answer::endpoint))
        .forEach(a -> endpointsByWord.merge(words(a), a.endpoint(), (x, y) -> x + " and " + y));
    return endpointsByWord.entrySet().stream()
        .map(said -> said.getKey() + " by " + said.getValue())
        .collect(Collectors.joining(", "));
  }

  /** What a refusal means, as each family of nodes has words of its own for it. */
  private static String words(BroadcastEvidence.Answer answer) {
    return answer.verdict() == BroadcastEvidence.Verdict.REJECTED
        ? FailureClassifier.standard().classify(answer.code(), answer.message()).code().name()
        : answer.verdict().name();
  }

  private String meaning(TransferStatus status) {
    int signed = status.hashes().size();
    return switch (status.state()) {
      case ACCEPTED -> show(status.transfer()) + " is stored in the journal";
      case HELD -> "waits without a nonce: " + status.code();
      case READY -> "waits for a nonce";
      case BOUND -> "has nonce " + status.nonce().getAsLong() + " for ever";
      case IN_FLIGHT ->
          signed == 1
              ? "is signed and stored, and may be sent"
              : "is replaced: transaction " + signed + " of its nonce offers a higher fee";
      case INCLUDED -> "is in block " + status.winner().orElseThrow().block().number();
      case SAFE -> "is in a block that the chain calls safe";
      case PAID_FINAL -> "its block is final";
      case CANCELLING -> "is not paid, a cancel takes its nonce: " + status.reason();
      case CANCELLED_FINAL -> "the cancel is final";
      default -> status.code() + " " + status.reason();
    };
  }

  // ---- callers on other threads

  /** Runs a call on many threads at once, and waits for all of them. */
  <T> List<T> race(int callers, Supplier<T> call) {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    List<Thread> threads =
        IntStream.range(0, callers)
            .mapToObj(
                i -> {
                  CompletableFuture<T> answer = new CompletableFuture<>();
                  answers.add(answer);
                  return new Thread(() -> answer.completeAsync(call, Runnable::run));
                })
            .toList();
    threads.forEach(Thread::start);
    List<T> all = answers.stream().map(CompletableFuture::join).toList();
    for (Runnable task = fromOtherThreads.poll(); task != null; task = fromOtherThreads.poll()) {
      task.run();
    }
    return all;
  }

  /** Virtual time belongs to one thread: what others hand in waits until {@link #race} ends. */
  private Executor handingOver(Executor executor) {
    return task -> {
      if (Thread.currentThread() == owner) {
        executor.execute(task);
      } else {
        fromOtherThreads.add(() -> executor.execute(task));
      }
    };
  }

  private static SoftwareKey key() {
    byte[] key = new byte[32];
    key[31] = 1;
    return SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("a key of a simulated chain"));
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException notDeleted) {
      throw new UncheckedIOException(notDeleted);
    }
  }
}
