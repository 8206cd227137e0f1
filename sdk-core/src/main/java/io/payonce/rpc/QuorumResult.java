package io.payonce.rpc;

import java.util.List;

/** The outcome of a critical read. Anything but {@link Agreed} means: not known. */
public sealed interface QuorumResult<T> {
  /**
   * At least the required number of configured operators gave this answer.
   *
   * @param dissent operators that answered otherwise
   */
  record Agreed<T>(T value, List<Operator> votes, List<Operator> dissent)
      implements QuorumResult<T> {
    public Agreed {
      votes = List.copyOf(votes);
      dissent = List.copyOf(dissent);
    }
  }

  /**
   * Not enough equal answers.
   *
   * @param configured how many operators vote in this configuration
   * @param reason for people: who was absent, who contradicted whom
   */
  record Unavailable<T>(int required, int configured, boolean conflict, String reason)
      implements QuorumResult<T> {}
}
