package io.payonce.routing;

/** Which of the last 20 exchanges with one endpoint failed. Its owner guards it. */
final class History {
  static final int LENGTH = 20;
  private static final int ALL = (1 << LENGTH) - 1;

  private int failures;
  private int count;
  private int inARow;

  void good() {
    failures = failures << 1 & ALL;
    count++;
    inARow = 0;
  }

  void bad() {
    failures = (failures << 1 | 1) & ALL;
    count++;
    inARow++;
  }

  void clear() {
    failures = 0;
    count = 0;
    inARow = 0;
  }

  int failuresInARow() {
    return inARow;
  }

  int failures() {
    return Integer.bitCount(failures);
  }

  /** Whether there were enough exchanges to judge by their share. */
  boolean isFull() {
    return count >= LENGTH;
  }
}
