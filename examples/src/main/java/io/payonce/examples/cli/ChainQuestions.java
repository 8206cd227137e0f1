package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.failure.ChainFacts;
import io.payonce.failure.JournalFacts;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Asks the chain what a diagnosis needs: at most five reads and one for each signed transaction.
 */
final class ChainQuestions {
  /** A payment with more replacements than this is rare, and the newest are the likely ones. */
  private static final int HASHES = 12;

  private ChainQuestions() {}

  static ChainFacts ask(Network network, JournalFacts journal, Clock clock) {
    try {
      Address wallet = journal.transfer().orElseThrow().lane().address();
      BlockRef head = network.head();
      Fact.AccountState account = network.agreed(new Fact.AccountAt(wallet, List.of(), head));
      List<TransactionHash> hashes = hashes(journal);
      Optional<TransactionHash> included = Optional.empty();
      for (TransactionHash hash : hashes) {
        if (included.isEmpty()) {
          included = network.agreed(new Fact.ReceiptOf(hash, head)).map(receipt -> receipt.hash());
        }
      }
      return new ChainFacts.Seen(
          head,
          account.nonce(),
          account.balance(),
          network.agreed(new Fact.BlockAt(head.number())).baseFee(),
          included,
          hashes.isEmpty() ? Optional.empty() : inPool(network, hashes.get(hashes.size() - 1)),
          clock.instant());
    } catch (RpcUnavailableException none) {
      return new ChainFacts.NotAgreed(String.valueOf(none.getMessage()), clock.instant());
    }
  }

  private static List<TransactionHash> hashes(JournalFacts journal) {
    List<TransactionHash> all =
        journal.slot().map(StoredSlot::attempts).orElse(List.of()).stream()
            .map(StoredAttempt::signed)
            .flatMap(Optional::stream)
            .map(SignedTransaction::hash)
            .toList();
    return all.subList(Math.max(0, all.size() - HASHES), all.size());
  }

  private static Optional<Boolean> inPool(Network network, TransactionHash newest) {
    RpcOutcome<Boolean> answer =
        network.pool().call(Requests.knows(newest), CallOptions.DEFAULT).join();
    return answer instanceof RpcOutcome.Ok<Boolean> known
        ? Optional.of(known.value())
        : Optional.empty();
  }
}
