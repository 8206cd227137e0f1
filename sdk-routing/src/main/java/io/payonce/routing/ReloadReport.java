package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a reload has changed, by the names of endpoints.
 *
 * @param kept equal to one that the pool had: with state, statistics and connections
 * @param added from here on used; new, or changed in anything
 * @param removed get nothing new, and are closed when what is under way had 10 s to end
 * @param voters the operators that vote now
 * @param nextVoters those that will vote when {@link RpcPool#VOTER_CHANGE_DELAY} is over, or a
 *     person accepts them; the same as {@code voters} when nothing changes
 */
public record ReloadReport(
    List<String> kept,
    List<String> added,
    List<String> removed,
    Set<Operator> voters,
    Set<Operator> nextVoters) {
  public ReloadReport {
    kept = List.copyOf(kept);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    voters = Collections.unmodifiableSet(new TreeSet<>(voters));
    nextVoters = Collections.unmodifiableSet(new TreeSet<>(nextVoters));
  }
}
