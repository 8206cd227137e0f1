package io.payonce.rpc;

import java.util.List;

/** The outcome of a critical read. Anything but {@link Agreed} means: not known. */
public sealed interface QuorumResult<T> {
  /**
   * At least the required number of configured operators gave this answer; or they agreed on the
   * block, and the answer is proven under its header ({@link Proof#VALUE}), however few gave it; or
   * it proves itself ({@link Fact.TransactionByHash}).
   *
   * @param dissent operators that answered otherwise
   * @param proof what stands behind it beside the agreement
   */
  record Agreed<T>(T value, List<Operator> votes, List<Operator> dissent, Proof proof)
      implements QuorumResult<T> {
    public Agreed {
      votes = List.copyOf(votes);
      dissent = List.copyOf(dissent);
    }

    /** An answer that stands by agreement alone. */
    public Agreed(T value, List<Operator> votes, List<Operator> dissent) {
      this(value, votes, dissent, Proof.NONE);
    }

    /** The same with what was found out about it. */
    public Agreed<T> with(Proof found) {
      return new Agreed<>(value, votes, dissent, found);
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
