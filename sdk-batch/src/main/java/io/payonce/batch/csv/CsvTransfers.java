package io.payonce.batch.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.TokenAmount;
import io.payonce.batch.PayoutRow;
import io.payonce.batch.csv.Header.Column;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rows of a payout file, read strictly: every line becomes a row, or the whole file is refused
 * with all that is wrong with it.
 *
 * <p>In two steps, because amounts stand in whole units and only the chain knows an asset's
 * decimals: {@link #parse} checks the form and tells which {@link #assets} are paid, {@link
 * #toPayouts} takes their decimals and gives exact amounts. The file is read once, so nothing can
 * change between the steps.
 *
 * <p>The file is UTF-8, RFC 4180, with a header of exactly {@code key,asset,to,amount} in any
 * order. At most 1,000,000 rows, 512 MiB, 4 KiB a line and 1 KiB a cell. See the package page for
 * the rules of each cell. Immutable.
 */
public final class CsvTransfers {
  private final List<CsvRow> rows;
  private final List<Asset> assets;
  private final Header header;
  private final int withoutChecksum;

  private CsvTransfers(List<CsvRow> rows, Header header, int withoutChecksum) {
    this.rows = List.copyOf(rows);
    this.assets = this.rows.stream().map(CsvRow::asset).distinct().toList();
    this.header = header;
    this.withoutChecksum = withoutChecksum;
  }

  /**
   * Reads a file in one pass.
   *
   * @param chain the one chain of all its rows
   * @throws CsvException with all problems, if there is one
   * @throws UncheckedIOException when the file cannot be read
   */
  public static CsvTransfers parse(Path file, ChainId chain) {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in, chain);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The same from a stream, which is read to its end and stays the caller's to close. */
  public static CsvTransfers parse(InputStream in, ChainId chain) {
    return parse(in, chain, CsvLimits.STANDARD);
  }

  /**
   * Checks all that can be told of a file before its chain is known, so that nobody need be asked
   * about a file that is wrong anyway: everything but what network a prefix names.
   *
   * @return how many rows it has
   * @throws CsvException with all problems, if there is one
   * @throws UncheckedIOException when the file cannot be read
   */
  public static int checkForm(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in, Optional.empty(), CsvLimits.STANDARD).rows().size();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static CsvTransfers parse(InputStream in, ChainId chain, CsvLimits limits) {
    return parse(in, Optional.of(chain), limits);
  }

  private static CsvTransfers parse(InputStream in, Optional<ChainId> chain, CsvLimits limits) {
    Problems problems = new Problems();
    CellGrammar grammar = new CellGrammar(chain, limits, problems);
    CsvLine.Handler handler = new CsvLine.Handler();
    Optional<RowReader> reader = Optional.empty();
    Optional<Header> header = Optional.empty();
    // Not closed: closing it would close the caller's stream, and it holds nothing else.
    CsvReader<CsvLine> lines =
        CsvReader.builder()
            .allowUnclosedQuote(false) // a file cut inside a cell must not pass
            .skipEmptyLines(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .maxBufferSize(CsvLine.MAX_CELL_BUFFER)
            .build(handler, new StrictText(in, limits));
    try {
      Iterator<CsvLine> all = lines.iterator();
      header = readHeader(all, problems);
      reader = header.map(found -> new RowReader(found, grammar, limits, problems));
      if (reader.isPresent()) {
        readRows(all, reader.get(), problems);
      }
    } catch (CsvParseException broken) {
      problems.add(
          handler.line(),
          0,
          CsvCode.QUOTES,
          "a quote is not closed, or text follows a closing quote; the rest is not read");
    } catch (UncheckedIOException unreadable) {
      if (!(unreadable.getCause() instanceof StrictText.Refused refused)) {
        throw unreadable;
      }
      problems.add(refused.problem());
    }
    problems.throwIfAny();
    return new CsvTransfers(
        reader.orElseThrow().rows(), header.orElseThrow(), grammar.withoutChecksum());
  }

  /** Empty when the header is not right: then nothing can be said about the rows. */
  private static Optional<Header> readHeader(Iterator<CsvLine> lines, Problems problems) {
    Optional<CsvLine> first = lines.hasNext() ? Optional.of(lines.next()) : Optional.empty();
    if (first.isEmpty() || first.get().isEmpty()) {
      problems.add(1, 0, CsvCode.HEADER_MISSING, "the first line must be key,asset,to,amount");
      return Optional.empty();
    }
    Header header = Header.read(first.get(), problems);
    return problems.total() == 0 ? Optional.of(header) : Optional.empty();
  }

  private static void readRows(Iterator<CsvLine> lines, RowReader rows, Problems problems) {
    boolean goOn = true;
    while (goOn && lines.hasNext()) {
      goOn = rows.read(lines.next());
    }
    if (!rows.hasReadLines()) {
      problems.add(1, 0, CsvCode.NO_ROWS, "the file has a header and no rows");
    }
  }

  /** In the order of the file; at least one. */
  public List<CsvRow> rows() {
    return rows;
  }

  /** What is paid, each asset once, in the order of first use. */
  public List<Asset> assets() {
    return assets;
  }

  /**
   * How many addresses carry no EIP-55 checksum, because all their letters are one case. They are
   * accepted, but a mistyped digit in them goes unseen: worth a warning to the operator.
   */
  public int withoutChecksum() {
    return withoutChecksum;
  }

  /**
   * The rows with exact amounts, in the order of the file.
   *
   * @param decimals of every asset in {@link #assets}, read from the chain by a critical read: a
   *     wrong value multiplies money
   * @param payers the wallets that may pay; none of them can be a payee
   * @throws CsvException with all rows whose amount has more fraction digits than its asset has
   *     decimals or does not fit 256 bits, or whose payee is a payer
   * @throws IllegalArgumentException when an asset has no decimals, or decimals out of range
   */
  public List<PayoutRow> toPayouts(Map<Asset, Integer> decimals, Collection<Address> payers) {
    for (Asset asset : assets) {
      Integer known = decimals.get(asset);
      if (known == null || known < 0 || known > TokenAmount.MAX_DECIMALS) {
        throw new IllegalArgumentException(
            "decimals of " + asset + " is " + known + ", must be 0 to " + TokenAmount.MAX_DECIMALS);
      }
    }
    Problems problems = new Problems();
    List<PayoutRow> payouts = new ArrayList<>(rows.size());
    for (CsvRow row : rows) {
      if (payers.contains(row.to())) {
        problems.add(
            row.line(),
            column(Column.TO),
            CsvCode.PAYEE_IS_PAYER,
            "payee " + row.to() + " is a paying wallet itself");
      }
      int places = decimals.getOrDefault(row.asset(), 0); // checked above: never the default
      exact(row, places, problems)
          .map(amount -> new PayoutRow(row.key(), row.to(), amount))
          .ifPresent(payouts::add);
    }
    problems.throwIfAny();
    return List.copyOf(payouts);
  }

  private Optional<TokenAmount> exact(CsvRow row, int decimals, Problems problems) {
    String text = row.amount();
    int point = text.indexOf('.');
    int fraction = point < 0 ? 0 : text.length() - point - 1;
    if (fraction > decimals) {
      problems.add(
          row.line(),
          column(Column.AMOUNT),
          CsvCode.AMOUNT_TOO_PRECISE,
          "amount '%s' has %s fraction digits, %s has %s decimals"
              .formatted(text, fraction, row.asset(), decimals));
      return Optional.empty();
    }
    String digits = text.replace(".", "") + "0".repeat(decimals - fraction);
    BigInteger units = new BigInteger(digits);
    if (units.bitLength() > 256) {
      problems.add(
          row.line(),
          column(Column.AMOUNT),
          CsvCode.AMOUNT_TOO_LARGE,
          "amount '" + text + "' is more than 2^256 - 1 smallest units");
      return Optional.empty();
    }
    return Optional.of(TokenAmount.of(row.asset(), units));
  }

  private int column(Column column) {
    return header.place(column) + 1;
  }
}
