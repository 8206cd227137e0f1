package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Group;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.Settlement;
import io.payonce.submit.SettlementProof;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The proofs that a submitter knows, by name; whatever goes wrong in one proves nothing. */
public record Proofs(Map<String, SettlementProof> byName) {
  private static final Logger log = LoggerFactory.getLogger(Proofs.class);

  public Proofs {
    byName = Collections.unmodifiableMap(new TreeMap<>(byName));
  }

  /** One settlement for each member. */
  List<Settlement> settle(Address wallet, Group group, Receipt receipt) {
    SettlementProof proof = byName.get(group.proof());
    if (proof == null) {
      log.error("{}: no settlement proof is named {}", receipt.hash(), group.proof());
      return unknown(group);
    }
    try {
      List<Settlement> settlements = List.copyOf(proof.prove(wallet, group, receipt));
      if (settlements.size() == group.members().size() && hasLogsOnce(settlements, receipt)) {
        return settlements;
      }
      log.error("{}: {} contradicts itself: {}", receipt.hash(), group.proof(), settlements);
    } catch (Throwable broken) { // it is the host's; the group waits for a person then
      log.error("{}: {} failed", receipt.hash(), group.proof(), broken);
    }
    return unknown(group);
  }

  private static List<Settlement> unknown(Group group) {
    return Collections.nCopies(group.members().size(), Settlement.UNKNOWN);
  }

  private static boolean hasLogsOnce(List<Settlement> settlements, Receipt receipt) {
    List<Long> named =
        settlements.stream().flatMapToLong(one -> one.log().stream()).boxed().toList();
    List<Long> there = receipt.logs().stream().map(Log::index).toList();
    return named.stream().distinct().count() == named.size() && there.containsAll(named);
  }
}
