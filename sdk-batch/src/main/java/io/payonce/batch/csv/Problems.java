package io.payonce.batch.csv;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong: lists the first, counts all. */
final class Problems {
  private static final int MAX_QUOTED = 80;

  private final List<CsvProblem> listed = new ArrayList<>();
  private long total;

  void add(CsvProblem problem) {
    total++;
    if (listed.size() < CsvException.MAX_LISTED) {
      listed.add(problem);
    }
  }

  void add(long line, int column, CsvCode code, String message) {
    add(new CsvProblem(line, column, code, message));
  }

  long total() {
    return total;
  }

  void throwIfAny() {
    if (total > 0) {
      throw new CsvException(listed, total);
    }
  }

  /** A cell as a message may show it: short, and nothing in it can steer a terminal. */
  static String quoted(String cell) {
    StringBuilder out = new StringBuilder("'");
    int shown = Math.min(cell.length(), MAX_QUOTED);
    for (int i = 0; i < shown; i++) {
      char c = cell.charAt(i);
      if (c >= 0x20 && c < 0x7f) {
        out.append(c);
      } else {
        out.append("\\u%04x".formatted((int) c));
      }
    }
    return out.append(shown < cell.length() ? "...'" : "'").toString();
  }
}
