package io.payonce.examples.cli;

import io.payonce.IdempotencyKey;
import io.payonce.failure.ChainFacts;
import io.payonce.failure.Diagnoser;
import io.payonce.failure.Diagnosis;
import io.payonce.failure.JournalFacts;
import io.payonce.routing.Endpoint;
import io.payonce.store.jdbc.JdbcTransferStore;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Why a payment stands where it stands. */
@Command(
    name = "diagnose",
    mixinStandardHelpOptions = true,
    description = {
      "Says where a payment stands, why, on which evidence, and what to do.",
      "With --rpc or --endpoints the chain is asked too. A transaction that may be on a private",
      "route, as no public endpoint of them got it, is not looked up by its hash.",
      "Changes nothing and locks nothing."
    })
final class DiagnoseCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Clock clock = Clock.systemUTC();

  @Parameters(paramLabel = "KEY")
  private String key;

  @Mixin private JournalOption journal = new JournalOption();
  @Mixin private RpcOptions rpc = new RpcOptions();

  @Option(names = "--json", description = "As one JSON object.")
  private boolean json;

  DiagnoseCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (JdbcTransferStore store = journal.openToRead(terminal)) {
      JournalFacts facts = JournalFacts.read(store, IdempotencyKey.of(key), clock.instant());
      if (facts.transfer().isEmpty()) {
        JournalOption.refuseMember(store, key);
      }
      Diagnosis diagnosis = Diagnoser.diagnose(facts, chain(store, facts));
      if (json) {
        terminal.out().println(JsonEvents.diagnosis(key, diagnosis));
      } else {
        print(diagnosis);
      }
      return ExitCode.OK;
    }
  }

  private ChainFacts chain(JdbcTransferStore store, JournalFacts facts) {
    if (!rpc.isGiven() || facts.transfer().isEmpty()) {
      return new ChainFacts.NotAsked();
    }
    try (Network network = Network.open(rpc, Optional.empty(), terminal)) {
      journal.requireChain(store, network.chain());
      return new ChainQuestions(network, facts, publicly()).ask(clock);
    } catch (Refusal refusal) {
      if (refusal.exitCode() != ExitCode.RUN_AGAIN) {
        throw refusal;
      }
      return new ChainFacts.NotAgreed(refusal.text(), clock.instant()); // that is a finding too
    }
  }

  private Set<String> publicly() {
    return rpc.endpoints().stream()
        .filter(endpoint -> endpoint.roles().contains(Endpoint.Role.SUBMIT))
        .map(Endpoint::name)
        .collect(Collectors.toSet());
  }

  private void print(Diagnosis diagnosis) {
    terminal.out().println(diagnosis.code() + "  " + diagnosis.texts().english());
    terminal.out().println("                " + diagnosis.texts().chinese());
    terminal.out().println("what to do      " + diagnosis.nextAction());
    for (Diagnosis.Evidence item : diagnosis.evidence()) {
      terminal
          .out()
          .println(
              "evidence        "
                  + item.source()
                  + item.block().map(block -> " at block " + block.number()).orElse("")
                  + ": "
                  + Failures.withoutUrls(item.text()));
    }
  }
}
