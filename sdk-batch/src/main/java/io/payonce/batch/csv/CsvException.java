package io.payonce.batch.csv;

import java.util.List;

/** A payout file is refused as a whole; nothing of it may be paid. */
public final class CsvException extends RuntimeException {
  /** So many problems are listed; all are counted. */
  public static final int MAX_LISTED = 1_000;

  private final List<CsvProblem> problems;
  private final long total;

  CsvException(List<CsvProblem> problems, long total) {
    super(
        (total == 1 ? "1 problem: " : total + " problems, the first: ")
            + problems.get(0).toString());
    this.problems = List.copyOf(problems);
    this.total = total;
  }

  /** The first {@value #MAX_LISTED}, in the order they were found. */
  public List<CsvProblem> problems() {
    return problems;
  }

  /** How many there are, listed or not. */
  public long total() {
    return total;
  }
}
