package io.payonce.examples.cli;

import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.Ticker;
import io.payonce.WalletPool;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.Resolution;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmitterBuilder;
import io.payonce.submit.TransferStatus;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A request of an operator to a running engine. The engine binds nothing new meanwhile; what is out
 * goes on, and goes on again with the next run.
 */
abstract class WriterCommand implements Callable<Integer>, SubmissionListener {
  private static final long PAUSE_MILLIS = 250;

  private final Terminal terminal;
  private final Ticker ticker = Ticker.system();

  /** Each of them says no more than: look again. */
  private final BlockingQueue<Boolean> news = new LinkedBlockingQueue<>();

  private long end;

  @Mixin private RpcOptions rpc = new RpcOptions();
  @Mixin private RouteOptions route = new RouteOptions();
  @Mixin private WalletOptions wallet = new WalletOptions();
  @Mixin private JournalOption journal = new JournalOption();
  @Mixin private PaymentOptions payment = new PaymentOptions();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "asked on the command line",
      description = "Stored with the decision; 1 to 1000 characters.")
  private String reason = "";

  WriterCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public final Integer call() {
    end = ticker.nanos() + payment.timeout().toNanos();
    checkDecision();
    Route by = route.among(rpc.endpoints());
    try (Wallets wallets = wallet.open(terminal)) {
      check(wallets);
      return run(wallets, by);
    }
  }

  private int run(Wallets wallets, Route by) {
    try (JdbcTransferStore store = journal.openToWrite(terminal);
        Network network = Network.open(rpc, payment.finality(), terminal).by(by)) {
      journal.requireChain(store, network.chain());
      OpenPromises open = OpenPromises.read(store, wallets.lanes(network.chain()));
      Engine.Limits limits = Engine.Limits.of(network.chain(), payment.maxFee(), 0, Map.of(), open);
      check(store, wallets, network.chain());
      try (Engine engine =
          Engine.start(
              store,
              network,
              wallets,
              assets(open, network.chain()),
              limits,
              payment.settings(network.profile()),
              this,
              this::prepare)) {
        engine.submitter().drain();
        return ask(engine, new Report(terminal, payment.json()));
      }
    }
  }

  /** By the rules that hold in the engine, before a key is read. */
  private void checkDecision() {
    try {
      var unused = new Resolution.AsFinal(reason);
    } catch (IllegalArgumentException refused) {
      throw Refusal.badInput("--" + refused.getMessage());
    }
    try {
      var unused = actor();
    } catch (IllegalArgumentException refused) {
      throw Refusal.badInput("environment variable USER: " + refused.getMessage());
    }
  }

  /** What a pool of the wallets pays: what it has promised, and in any case coins. */
  private static Set<Asset> assets(OpenPromises open, ChainId chain) {
    Set<Asset> assets = new LinkedHashSet<>(open.largest().keySet());
    assets.add(new Asset.Native(chain));
    return assets;
  }

  /** Refuses keys that this command cannot work with; nothing is open yet. */
  void check(Wallets wallets) {}

  /** Refuses what cannot be asked at all; nothing runs yet. */
  abstract void check(TransferStore store, Wallets wallets, ChainId chain);

  /** What this command wants of the engine beyond the ordinary. */
  void prepare(SubmitterBuilder builder) {}

  /** Asks, waits for the answer, and gives the exit code. */
  abstract int ask(Engine engine, Report report);

  /** The payment of a key that one of these wallets pays, or their pool while none does. */
  static StoredTransfer find(TransferStore store, String key, Wallets wallets, ChainId chain) {
    StoredTransfer found = JournalOption.find(store, key);
    if (found.transfer().from() instanceof WalletPool pool
        && found.slot().isEmpty()
        && wallets.pool().filter(pool::equals).isEmpty()) {
      throw Refusal.badInput(
          "key '"
              + key
              + "' is paid by whichever wallet of the pool "
              + pool
              + " has room; give the keys of all of them, and --pool "
              + pool);
    }
    if (!wallets.lanes(chain).contains(found.lane())) {
      throw Refusal.badInput(
          "key '"
              + key
              + "' is paid by "
              + found.lane().address().checksummed()
              + ", given is "
              + wallets.names()
              + "; give the key of that wallet");
    }
    return found;
  }

  final void confirm(String question) {
    if (!payment.yes() && !terminal.confirms(question)) {
      throw Refusal.badInput("not confirmed, nothing was changed; answer y, or give --yes");
    }
  }

  final void say(String line) {
    terminal.say(line);
  }

  final String reason() {
    return reason;
  }

  final Actor actor() {
    return new Actor(terminal.environment().getOrDefault("USER", "operator"));
  }

  /** Waits until something holds; false when the time is over first. */
  final boolean await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      if (isOver()) {
        return false;
      }
      pause();
    }
    return true;
  }

  /** Asks again, a moment later, while the answer is none yet and time is left. */
  final <T> T askUntil(Supplier<CompletableFuture<T>> question, Predicate<T> answered) {
    T answer = answer(question.get());
    while (!answered.test(answer) && !isOver()) {
      pause();
      answer = answer(question.get());
    }
    return answer;
  }

  /** The engine's answer. */
  final <T> T answer(CompletableFuture<T> future) {
    try {
      return future.get(Math.max(1, end - ticker.nanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException silent) {
      throw new RpcUnavailableException("no answer within --timeout");
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(failed.getCause());
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private boolean isOver() {
    return ticker.nanos() - end >= 0;
  }

  /** Until something happens, but not for long. */
  private void pause() {
    try {
      news.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private static Refusal interrupted() {
    Thread.currentThread().interrupt();
    return Refusal.runAgain("interrupted; the journal has what was decided, run again");
  }

  @Override
  public void changed(TransferStatus status) {
    news.add(true);
  }

  @Override
  public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
    news.add(true);
  }

  @Override
  public void laneChanged(LaneStatus lane) {
    say("wallet is " + lane.state() + (lane.incident().isEmpty() ? "" : ": " + lane.incident()));
  }

  @Override
  public void trouble(String what) {
    say("warning: " + Failures.withoutUrls(what));
  }
}
