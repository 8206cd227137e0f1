package io.payonce.batch.csv;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import java.util.ArrayList;
import java.util.List;

/**
 * One record of the file, its cells unquoted.
 *
 * @param line where it begins
 * @param count how many cells the record has
 * @param cells the first {@value #MAX_CELLS} of them
 */
record CsvLine(long line, int count, List<Cell> cells) {
  /** No record that is right has so many; a wrong one must not fill the memory. */
  static final int MAX_CELLS = 64;

  /** A cell that spans so many characters has lost its closing quote. */
  static final int MAX_CELL_BUFFER = 64 * 1024;

  record Cell(String text, boolean quoted) {}

  boolean isEmpty() {
    return count == 0 || (count == 1 && cells.get(0).text().isEmpty() && !cells.get(0).quoted());
  }

  /** Builds lines from what the parser finds. */
  static final class Handler extends AbstractBaseCsvCallbackHandler<CsvLine> {
    private List<Cell> cells = new ArrayList<>();

    /** Where the record began that the parser read last. */
    long line() {
      return getStartingLineNumber();
    }

    @Override
    protected void handleBegin(long startingLineNumber) {
      cells = new ArrayList<>();
    }

    @Override
    protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
      if (index < MAX_CELLS) {
        cells.add(new Cell(new String(buffer, offset, length), quoted));
      }
    }

    @Override
    protected CsvLine buildRecord() {
      return new CsvLine(getStartingLineNumber(), cells.isEmpty() ? 0 : getFieldCount(), cells);
    }
  }
}
