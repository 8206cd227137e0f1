package io.payonce.rpc;

/**
 * An independent party behind one or more endpoints: who can lie, and who has one vote.
 *
 * @param id 1 to 32 of {@code a-z 0-9 -}
 */
public record Operator(String id) implements Comparable<Operator> {
  public Operator {
    if (!id.matches("[a-z0-9-]{1,32}")) {
      // Deliberate: the value is not repeated, because a URL in the wrong place is a secret.
      throw new IllegalArgumentException("the id of an operator must be 1 to 32 of a-z 0-9 -");
    }
  }

  @Override
  public int compareTo(Operator other) {
    return id.compareTo(other.id);
  }

  @Override
  public String toString() {
    return id;
  }
}
