package io.payonce.examples.simulate;

import io.payonce.store.TransferState;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one seed gave.
 *
 * @param faults how often each fault was injected
 * @param met for each fault, the states in which it found payments, and how often
 * @param happened names of the faults, in their order; of them a run can be repeated with any part
 * @param violation the broken invariant, if any
 * @param trace the last steps before a violation
 * @param hash over everything that was served, mined and committed: equal runs have equal hashes
 * @param events steps of virtual time
 * @param checks of invariants
 */
record SeedResult(
    long seed,
    int payments,
    Map<String, Long> faults,
    Map<String, Map<TransferState, Long>> met,
    List<String> happened,
    Optional<String> violation,
    List<String> trace,
    long hash,
    long events,
    long checks,
    Map<String, Long> ends) {

  /** The name of the broken invariant; empty when all hold. */
  String invariant() {
    return violation.map(text -> text.split("[ :]", 2)[0]).orElse("");
  }
}
