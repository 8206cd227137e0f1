package io.payonce.batch.csv;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which column stands where, counted from 0. */
record Header(Map<Column, Integer> places) {
  /** All columns of a payout file; every file has all of them, in any order. */
  enum Column {
    KEY,
    ASSET,
    TO,
    AMOUNT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String WANTED = "the columns are key, asset, to, amount";

  int width() {
    return places.size();
  }

  int place(Column column) {
    return Objects.requireNonNull(places.get(column));
  }

  /** Reads the first line; what it returns is whole only if it added no problem. */
  static Header read(CsvLine line, Problems problems) {
    Map<Column, Integer> places = new EnumMap<>(Column.class);
    for (int i = 0; i < line.cells().size(); i++) {
      String name = line.cells().get(i).text();
      Column column = named(name);
      if (column == null) {
        problems.add(
            line.line(),
            i + 1,
            CsvCode.COLUMN_UNKNOWN,
            "column " + Problems.quoted(name) + " is unknown; " + WANTED);
      } else if (places.putIfAbsent(column, i) != null) {
        problems.add(
            line.line(), i + 1, CsvCode.COLUMN_REPEATED, "column '" + column + "' is repeated");
      }
    }
    for (Column column : Column.values()) {
      if (!places.containsKey(column)) {
        problems.add(
            line.line(),
            0,
            CsvCode.COLUMN_MISSING,
            "column '" + column + "' is missing; " + WANTED);
      }
    }
    return new Header(places);
  }

  private static @Nullable Column named(String name) {
    for (Column column : Column.values()) {
      if (column.toString().equals(name)) {
        return column;
      }
    }
    return null;
  }
}
