package io.payonce.submit;

import io.payonce.Address;
import io.payonce.Group;
import io.payonce.Receipt;
import io.payonce.Settlement;
import java.util.List;

/**
 * Reads from the logs of a group's transaction which members it paid: each payout contract says it
 * in its own way. Given to the submitter under a name ({@link SubmitterBuilder#settlementProof}),
 * which groups refer to and the journal keeps.
 *
 * <p>The receipt is that of a transaction of the group that succeeded, as the quorum has it, and is
 * asked about again when its block was replaced. What is answered decides once the block is final:
 * {@code NOT_PAID} frees the member for another group, so it needs a log that says so. Whatever is
 * merely missing is {@code UNKNOWN}: then the group is quarantined for a person, and the member is
 * bound to it for ever. A log proves one member, unless its answer leaves the log out because the
 * log speaks for several (a bitmap).
 *
 * <p>Called on threads of the engine, possibly several times for one receipt: it must be pure,
 * quick and the same on every instance. When it throws, answers for another number of members, or
 * names a log twice or one that is not in the receipt, all members are {@code UNKNOWN}.
 */
@FunctionalInterface
public interface SettlementProof {
  /** The name of {@link #transferLogs}, which every submitter knows. */
  String TRANSFER_LOGS = "transfer-logs";

  /**
   * What the logs prove of each member, in the order of the group.
   *
   * @param wallet that called the payout contract
   */
  List<Settlement> prove(Address wallet, Group group, Receipt receipt);

  /**
   * For tokens: a member is paid when the token logged a transfer of exactly its amount from the
   * wallet or the payout contract to its payee, each log for one member. Equal members, of which
   * there are more than such logs, are all {@code UNKNOWN}, like each without one; nothing is ever
   * {@code NOT_PAID} by what is missing. Coins leave no logs, so a group of these is {@code
   * UNKNOWN} by this.
   */
  static SettlementProof transferLogs() {
    return TransferLogs::prove;
  }
}
