package io.payonce;

/**
 * The journal's own name of an accepted transfer, in order of acceptance.
 *
 * @param value 1 or more
 */
public record TransferId(long value) implements Comparable<TransferId> {
  public TransferId {
    if (value < 1) {
      throw new IllegalArgumentException("transfer id " + value + " must be 1 or more");
    }
  }

  @Override
  public int compareTo(TransferId other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
