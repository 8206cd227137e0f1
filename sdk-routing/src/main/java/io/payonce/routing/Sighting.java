package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.util.List;

/**
 * Which operators were seen to hold a transaction, in their pool or in a block. Each has shown our
 * signature, which it can only have got from the network. It is no promise that the transaction
 * will be mined.
 *
 * @param holders in the order of their ids; empty when nobody showed it within two seconds
 * @param independent whether one of them is another operator than those that had accepted it from
 *     us, so that the network has passed it on
 */
public record Sighting(List<Operator> holders, boolean independent) {
  public Sighting {
    holders = List.copyOf(holders);
  }
}
