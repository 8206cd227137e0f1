package io.payonce.batch.csv;

/**
 * One thing that is wrong with a payout file.
 *
 * @param line counted from 1; where the row begins, if its cells contain line ends
 * @param column the cell, counted from 1; 0 for the whole line
 * @param message for people; cells in it are shortened and free of control characters
 */
public record CsvProblem(long line, int column, CsvCode code, String message) {
  @Override
  public String toString() {
    String where = column == 0 ? "line " + line : "line " + line + ", column " + column;
    return where + ": " + code + ": " + message;
  }
}
