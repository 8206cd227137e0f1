package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.failure.ChainFacts;
import io.payonce.failure.JournalFacts;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Asks the chain what a diagnosis needs: at most twenty reads, and gives nothing away that may be
 * on a private route. The journal knows no routes, but who got the bytes. So a hash is asked for
 * where a public endpoint of those that are given got them, or when its nonce is used; see {@link
 * UsedNonce}. While the nonce is open no receipt can be in the chain, and none is asked for.
 */
final class ChainQuestions {
  private final Network network;
  private final JournalFacts journal;
  private final Set<String> publicly;

  /**
   * @param publicly the names of the endpoints that take transactions for everyone
   */
  ChainQuestions(Network network, JournalFacts journal, Set<String> publicly) {
    this.network = network;
    this.journal = journal;
    this.publicly = publicly;
  }

  ChainFacts ask(Clock clock) {
    try {
      Address wallet = journal.transfer().orElseThrow().lane().address();
      BlockRef head = network.head();
      Fact.AccountState account = network.agreed(new Fact.AccountAt(wallet, List.of(), head));
      Optional<Long> used =
          journal.slot().map(slot -> slot.id().nonce()).filter(n -> n < account.nonce());
      Optional<StoredAttempt> newest = used.isPresent() ? Optional.empty() : newest();
      String notLookedUp = newest.map(this::whyNot).orElse("");
      return new ChainFacts.Seen(
          head,
          account.nonce(),
          account.balance(),
          network.agreed(new Fact.BlockAt(head.number())).baseFee(),
          used.flatMap(nonce -> new UsedNonce(network, wallet, nonce).by(hashes(), head)),
          newest.filter(attempt -> notLookedUp.isEmpty()).flatMap(this::inPool),
          notLookedUp,
          clock.instant());
    } catch (RpcUnavailableException none) {
      return new ChainFacts.NotAgreed(String.valueOf(none.getMessage()), clock.instant());
    }
  }

  private List<StoredAttempt> attempts() {
    return journal.slot().map(StoredSlot::attempts).orElse(List.of());
  }

  private List<TransactionHash> hashes() {
    return attempts().stream().map(StoredAttempt::hash).flatMap(Optional::stream).toList();
  }

  private Optional<StoredAttempt> newest() {
    return attempts().stream().filter(one -> one.hash().isPresent()).reduce((a, b) -> b);
  }

  /** Why no node may be asked for it; empty when it is news to nobody. */
  private String whyNot(StoredAttempt attempt) {
    TreeSet<String> holders = new TreeSet<>();
    for (StoredAnswer answer : journal.answers()) {
      if (answer.attempt().equals(attempt.id()) && answer.verdict() != Verdict.NOT_SENT) {
        holders.add(answer.endpoint());
      }
    }
    if (holders.stream().anyMatch(publicly::contains)) {
      return "";
    }
    String known =
        holders.isEmpty()
            ? "the journal names no endpoint that got it"
            : "it went to " + String.join(", ", holders) + ", no public endpoint that is given";
    return known + ", so it may be on a private route";
  }

  private Optional<Boolean> inPool(StoredAttempt newest) {
    RpcOutcome<Boolean> answer =
        network
            .pool()
            .call(Requests.knows(newest.hash().orElseThrow()), CallOptions.DEFAULT)
            .join();
    return answer instanceof RpcOutcome.Ok<Boolean> known
        ? Optional.of(known.value())
        : Optional.empty();
  }
}
