package io.payonce.submit;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Erc20Calls;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.Settlement;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@link SettlementProof#transferLogs}. */
final class TransferLogs {
  /** What a log tells, and what a member expects. */
  private record Payment(Address to, BigInteger units) {}

  private TransferLogs() {}

  static List<Settlement> prove(Address wallet, Group group, Receipt receipt) {
    // Only asked, never iterated.
    Map<Payment, Deque<Long>> logs = new HashMap<>();
    Map<Payment, Integer> wanted = new HashMap<>();
    if (group.asset() instanceof Asset.Erc20 token) {
      for (Log log : receipt.logs()) {
        Erc20Calls.transferLog(log)
            .filter(move -> log.address().equals(token.contract()))
            .filter(move -> move.from().equals(wallet) || move.from().equals(group.contract()))
            .ifPresent(
                move ->
                    logs.computeIfAbsent(
                            new Payment(move.to(), move.units()), p -> new ArrayDeque<>())
                        .add(log.index()));
      }
    }
    for (GroupMember member : group.members()) {
      wanted.merge(payment(member), 1, Integer::sum);
    }
    Map<Payment, Boolean> enough = new HashMap<>();
    wanted.forEach(
        (payment, members) ->
            enough.put(payment, logs.getOrDefault(payment, new ArrayDeque<>()).size() >= members));
    List<Settlement> settlements = new ArrayList<>();
    for (GroupMember member : group.members()) {
      Payment payment = payment(member);
      settlements.add(
          enough.getOrDefault(payment, false)
              ? Settlement.paid(logs.getOrDefault(payment, new ArrayDeque<>()).remove())
              : Settlement.UNKNOWN);
    }
    return settlements;
  }

  private static Payment payment(GroupMember member) {
    return new Payment(member.to(), member.amount().units());
  }
}
