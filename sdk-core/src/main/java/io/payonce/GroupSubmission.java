package io.payonce;

/**
 * A group under a key of its own, as a host hands it in.
 *
 * @param key of the group; none of its members has it
 * @param from the wallet that calls the payout contract; no member is paid to it
 */
public record GroupSubmission(
    IdempotencyKey key, Address from, Group group, SubmitOptions options) {
  public GroupSubmission {
    for (GroupMember member : group.members()) {
      require(!member.key().equals(key), "member " + member.key() + " has the key of its group");
      require(
          member.key().tenant().equals(key.tenant()),
          "member " + member.key() + " must have the tenant of its group " + key);
      require(!member.to().equals(from), "to of member " + member.key() + " is the paying wallet");
    }
    var unused = Transfer.of(group.sum()).from(from).to(group.contract()); // checks the contract
  }

  public GroupSubmission(IdempotencyKey key, Address from, Group group) {
    this(key, from, group, SubmitOptions.defaults());
  }

  /** The group as one payment: the sum of its members, to the payout contract. */
  public Submission submission() {
    return new Submission(key, Transfer.of(group.sum()).from(from).to(group.contract()), options);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
