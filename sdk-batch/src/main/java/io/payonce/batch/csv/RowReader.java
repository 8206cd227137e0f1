package io.payonce.batch.csv;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.batch.csv.Header.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the lines after the header into rows. Confined to one parse. */
final class RowReader {
  private final Header header;
  private final CellGrammar grammar;
  private final CsvLimits limits;
  private final Problems problems;
  private final List<CsvRow> rows = new ArrayList<>();
  private final Map<String, Long> lineOfKey = new HashMap<>();
  private final Map<Asset, Asset> assets = new LinkedHashMap<>();
  private long linesRead;

  RowReader(Header header, CellGrammar grammar, CsvLimits limits, Problems problems) {
    this.header = header;
    this.grammar = grammar;
    this.limits = limits;
    this.problems = problems;
  }

  /** Every line becomes a row or a problem. False when the file has more rows than allowed. */
  boolean read(CsvLine line) {
    if (++linesRead > limits.rows()) {
      problems.add(
          line.line(), 0, CsvCode.LIMIT, "the file has more than " + limits.rows() + " rows");
      return false;
    }
    if (line.isEmpty()) {
      problems.add(line.line(), 0, CsvCode.EMPTY_LINE, "an empty line");
    } else if (line.count() != header.width()) {
      problems.add(
          line.line(),
          0,
          CsvCode.CELL_COUNT,
          "the row has " + line.count() + " cells, the header " + header.width());
    } else {
      readCells(line);
    }
    return true;
  }

  boolean hasReadLines() {
    return linesRead > 0;
  }

  List<CsvRow> rows() {
    return rows;
  }

  private void readCells(CsvLine line) {
    long at = line.line();
    Optional<String> key =
        clean(line, Column.KEY).flatMap(text -> grammar.key(at, column(Column.KEY), text));
    key.ifPresent(text -> checkUnique(at, text));
    Optional<Asset> asset =
        clean(line, Column.ASSET).flatMap(text -> grammar.asset(at, column(Column.ASSET), text));
    Optional<Address> to =
        clean(line, Column.TO).flatMap(text -> grammar.address(at, column(Column.TO), text));
    Optional<String> amount =
        clean(line, Column.AMOUNT).flatMap(text -> grammar.amount(at, column(Column.AMOUNT), text));
    if (asset.isPresent() && to.isPresent()) {
      checkPayee(at, asset.get(), to.get());
    }
    if (key.isPresent() && asset.isPresent() && to.isPresent() && amount.isPresent()) {
      Asset one = assets.computeIfAbsent(asset.get(), same -> same);
      rows.add(new CsvRow(at, key.get(), one, to.get(), amount.get()));
    }
  }

  private Optional<String> clean(CsvLine line, Column column) {
    CsvLine.Cell cell = line.cells().get(header.place(column));
    return grammar.isClean(line.line(), column(column), cell)
        ? Optional.of(cell.text())
        : Optional.empty();
  }

  private void checkUnique(long line, String key) {
    Long first = lineOfKey.putIfAbsent(key, line);
    if (first != null) {
      problems.add(
          line,
          column(Column.KEY),
          CsvCode.KEY_REPEATED,
          "key " + Problems.quoted(key) + " is on line " + first + " too");
    }
  }

  private void checkPayee(long line, Asset asset, Address to) {
    if (asset instanceof Asset.Erc20 token && to.equals(token.contract())) {
      problems.add(
          line,
          column(Column.TO),
          CsvCode.PAYEE_IS_TOKEN,
          "payee " + to + " is the contract of the token itself");
    }
  }

  private int column(Column column) {
    return header.place(column) + 1;
  }
}
