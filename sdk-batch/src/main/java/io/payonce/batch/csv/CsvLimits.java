package io.payonce.batch.csv;

/**
 * What a payout file may have at most.
 *
 * @param rows without the header
 * @param lineBytes of one line as it stands in the file, without its end
 * @param cellChars of one cell without its quotes
 */
record CsvLimits(int rows, long fileBytes, int lineBytes, int cellChars) {
  static final CsvLimits STANDARD = new CsvLimits(1_000_000, 512L * 1024 * 1024, 4 * 1024, 1024);
}
