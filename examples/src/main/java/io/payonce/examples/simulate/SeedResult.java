package io.payonce.examples.simulate;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one seed gave.
 *
 * @param faults how often each fault was injected
 * @param violation the broken invariant, if any
 * @param trace the last steps before a violation
 * @param hash over everything that was served, mined and committed: equal runs have equal hashes
 * @param events steps of virtual time
 */
record SeedResult(
    long seed,
    int payments,
    Map<String, Long> faults,
    Optional<String> violation,
    List<String> trace,
    long hash,
    long events,
    Map<String, Long> ends) {}
