package io.payonce;

/**
 * One payment of a group: a key of its own, its payee and its amount.
 *
 * @param key means this payee and this amount for ever, in whichever group it stands; no other
 *     payment has it
 * @param amount more than 0
 */
public record GroupMember(IdempotencyKey key, Address to, TokenAmount amount) {
  public GroupMember {
    if (amount.units().signum() == 0) {
      throw new IllegalArgumentException("amount 0 of member " + key + " must be at least 1");
    }
    if (to.isZero()) {
      throw new IllegalArgumentException("to of member " + key + " is the zero address");
    }
  }
}
