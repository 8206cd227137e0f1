package io.payonce;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One call of a payout contract that pays many members. What it sends along is the sum of the
 * members where they are paid in the chain's coin, and nothing where they are paid in a token,
 * which the contract takes by an allowance or holds already.
 *
 * @param contract the payout contract; the host vouches for its code
 * @param data the call, at most 128 KiB; that it pays these members is the host's to know
 * @param gasLimit of the call, 21,000 to 16,777,216 (EIP-7825), taken as it is: an estimate finds
 *     too little where a contract survives the failure of a member
 * @param proof the name of the {@code SettlementProof} that reads the logs, 1 to 64 characters of
 *     {@code [A-Za-z0-9._-]}
 * @param members 2 to 1,000 in one asset, with different keys of one tenant, in the order in which
 *     the proof answers for them
 */
public record Group(
    Address contract, Bytes data, BigInteger gasLimit, String proof, List<GroupMember> members) {
  /** What a group may have. */
  public static final int MOST_MEMBERS = 1000;

  private static final int MOST_DATA = 128 * 1024;
  private static final BigInteger LEAST_GAS = BigInteger.valueOf(21_000);
  private static final BigInteger MOST_GAS = BigInteger.valueOf(1L << 24);

  public Group {
    members = List.copyOf(members);
    require(
        members.size() >= 2 && members.size() <= MOST_MEMBERS,
        "members has " + members.size() + " entries, must have 2 to " + MOST_MEMBERS);
    require(
        !data.isEmpty() && data.size() <= MOST_DATA,
        "data has " + data.size() + " bytes, must have 1 to " + MOST_DATA);
    require(
        gasLimit.compareTo(LEAST_GAS) >= 0 && gasLimit.compareTo(MOST_GAS) <= 0,
        "gasLimit " + gasLimit + " must be " + LEAST_GAS + " to " + MOST_GAS);
    require(
        proof.matches("[A-Za-z0-9._-]{1,64}"),
        "proof " + proof + " must be 1 to 64 characters of [A-Za-z0-9._-]");
    Set<IdempotencyKey> keys = new HashSet<>(); // only asked, never iterated
    GroupMember first = members.get(0);
    for (GroupMember member : members) {
      require(keys.add(member.key()), "member " + member.key() + " is there twice");
      require(
          member.key().tenant().equals(first.key().tenant()),
          "member " + member.key() + " must have the tenant of " + first.key());
      require(
          member.amount().asset().equals(first.amount().asset()),
          "member " + member.key() + " must be paid in " + first.amount().asset());
      require(
          !member.to().equals(contract),
          "to of member " + member.key() + " is the payout contract");
    }
  }

  /** What all members are paid in. */
  public Asset asset() {
    return members.get(0).amount().asset();
  }

  /** The sum of all members; at most 2^256 - 1. */
  public TokenAmount sum() {
    return TokenAmount.of(
        asset(),
        members.stream()
            .map(member -> member.amount().units())
            .reduce(BigInteger.ZERO, BigInteger::add));
  }

  /** The coins that the call sends along. */
  public Wei value() {
    return asset() instanceof Asset.Native ? Wei.of(sum().units()) : Wei.ZERO;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
