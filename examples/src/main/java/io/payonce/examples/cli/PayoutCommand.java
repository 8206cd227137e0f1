package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.Ticker;
import io.payonce.Wei;
import io.payonce.batch.csv.CsvException;
import io.payonce.batch.csv.CsvTransfers;
import io.payonce.rpc.Route;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.SubmissionSettings;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Pays every row of a file exactly once. */
@Command(
    name = "payout",
    mixinStandardHelpOptions = true,
    description = {
      "Pays every row of a CSV file exactly once.",
      "Header key,asset,to,amount; asset is native or a token's address; amounts in whole units.",
      "Run it again with the same journal, after success or a crash at any moment: nothing is",
      "paid twice, and what is left is finished."
    },
    footer = {
      "Exit codes: 0 all paid and final; 1 finished, some not paid; 2 bad input, nothing signed;",
      "3 unfinished, run again."
    })
final class PayoutCommand implements Callable<Integer> {
  private static final int LISTED_PROBLEMS = 20;

  private final Terminal terminal;

  @Mixin private RpcOptions rpc = new RpcOptions();
  @Mixin private RouteOptions route = new RouteOptions();
  @Mixin private WalletOptions wallet = new WalletOptions();
  @Mixin private JournalOption journal = new JournalOption();
  @Mixin private PaymentOptions payment = new PaymentOptions();

  @Option(names = "--csv", required = true, paramLabel = "FILE", description = "The rows.")
  private Path csv;

  @Option(
      names = "--token",
      paramLabel = "ADDRESS=DECIMALS",
      description = "Asserts a token's decimals; refused when the chain says otherwise.")
  private Map<String, Integer> tokens = new LinkedHashMap<>();

  PayoutCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Duration timeout = payment.timeout();
    Wei maxFee = payment.maxFee();
    Map<Address, Integer> asserted = asserted();
    Network.check(rpc, rpc.endpoints());
    Route by = route.among(rpc.endpoints());
    try (Wallets wallets = wallet.open(terminal)) {
      // Before anything is created or anybody asked: no answer could mend a wrong file.
      int unused = checked(() -> CsvTransfers.checkForm(csv));
      return pay(wallets, by, asserted, maxFee, timeout);
    }
  }

  private int pay(
      Wallets wallets, Route by, Map<Address, Integer> asserted, Wei maxFee, Duration timeout) {
    try (JdbcTransferStore store = journal.openToWrite(terminal);
        Network network = Network.open(rpc, payment.finality(), terminal).by(by)) {
      journal.requireChain(store, network.chain());
      SubmissionSettings settings = payment.settings(network.profile());
      BlockRef head = network.head();
      PayoutPlan plan = plan(network, head, wallets, asserted, store);
      OpenPromises open = OpenPromises.read(store, wallets.lanes(network.chain()));
      Engine.Limits limits =
          Engine.Limits.of(network.chain(), maxFee, plan.payments().size(), plan.totals(), open);
      Report report = new Report(terminal, payment.json());
      report.plan(plan, network, limits, wallets.names());
      requireFunds(network, head, wallets, plan);
      if (!plan.isEnded() && !payment.yes() && !terminal.confirms("Pay?")) {
        throw Refusal.badInput("not confirmed, nothing was accepted; answer y, or give --yes");
      }
      PayoutRun run = new PayoutRun(report, Ticker.system());
      try (Engine engine =
          Engine.start(
              store, network, wallets, plan.assets(), limits, settings, run, ordinary -> {})) {
        return run.pay(engine, plan, settings.holdRetry().multipliedBy(3), timeout).exitCode();
      }
    }
  }

  /** Everything that can be wrong with the rows, before any of them is accepted. */
  private PayoutPlan plan(
      Network network,
      BlockRef head,
      Wallets wallets,
      Map<Address, Integer> asserted,
      TransferStore store) {
    CsvTransfers file = checked(() -> CsvTransfers.parse(csv, network.chain()));
    if (file.withoutChecksum() > 0) {
      terminal.say(
          "warning: "
              + file.withoutChecksum()
              + " addresses carry no checksum; a mistyped digit in them goes unseen");
    }
    Map<Asset, Integer> decimals = Decimals.read(network, head, file.assets(), asserted);
    return PayoutPlan.of(
        file.rows(),
        checked(() -> file.toPayouts(decimals, wallets.addresses())),
        decimals,
        wallets.source(),
        store);
  }

  private void requireFunds(Network network, BlockRef head, Wallets wallets, PayoutPlan plan) {
    List<String> shortages = Funds.shortages(network, head, wallets.addresses(), plan);
    if (shortages.isEmpty()) {
      return;
    }
    String text = String.join("; ", shortages) + "; fund " + wallets.names();
    if (!plan.hasOpen()) {
      throw Refusal.badInput("wallet too low: " + text + " and run again; nothing was accepted");
    }
    // What is under way needs care now; the rest is held until there is money.
    terminal.say("warning: wallet too low for what is left: " + text);
  }

  private <T> T checked(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (CsvException bad) {
      String lines =
          bad.problems().stream()
              .limit(LISTED_PROBLEMS)
              .map(problem -> csv + ": " + problem)
              .collect(Collectors.joining("\n"));
      String more =
          bad.total() > LISTED_PROBLEMS ? "\n" + csv + ": " + bad.total() + " problems in all" : "";
      throw Refusal.badInput(lines + more);
    } catch (UncheckedIOException unreadable) {
      throw Refusal.badInput("--csv " + csv + " cannot be read; check its path and permissions");
    }
  }

  private Map<Address, Integer> asserted() {
    Map<Address, Integer> asserted = new LinkedHashMap<>();
    tokens.forEach(
        (token, decimals) -> {
          try {
            asserted.put(Address.of(token), decimals);
          } catch (IllegalArgumentException bad) {
            throw Refusal.badInput("--token: " + bad.getMessage());
          }
        });
    return asserted;
  }
}
