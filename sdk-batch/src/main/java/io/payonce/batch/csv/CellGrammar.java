package io.payonce.batch.csv;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.batch.PayoutRow;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the text of one cell may be. An empty answer means that the problem was added.
 *
 * <p>Confined to one parse.
 */
final class CellGrammar {
  private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-fA-F]{40}");
  private static final Pattern PREFIXED =
      Pattern.compile("(eip155:[0-9]{1,19}|[a-z0-9-]{1,32}):(0x.*)");
  private static final Pattern EXPONENT = Pattern.compile("[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+");
  private static final Pattern AMOUNT = Pattern.compile("[0-9]+(\\.[0-9]+)?");
  private static final Pattern NAME = Pattern.compile("[^.\\s]+(\\.[^.\\s]+)+");

  /** 2^256 - 1 has 78 digits, and no asset more than 77 decimals. */
  private static final int MAX_AMOUNT_CHARS = 100;

  /** Stands in the values while the form alone is checked, and is seen by nobody. */
  private static final ChainId ANY_CHAIN = ChainId.of(1);

  private final Optional<ChainId> known;
  private final ChainId chain;
  private final CsvLimits limits;
  private final Problems problems;
  private int withoutChecksum;

  /**
   * @param chain of all rows; empty to check the form alone, whatever network a prefix names
   */
  CellGrammar(Optional<ChainId> chain, CsvLimits limits, Problems problems) {
    this.known = chain;
    this.chain = chain.orElse(ANY_CHAIN);
    this.limits = limits;
    this.problems = problems;
  }

  /** Addresses read so far that carry no EIP-55 checksum because all their letters are one case. */
  int withoutChecksum() {
    return withoutChecksum;
  }

  /** What holds for every cell, whatever its column. */
  boolean isClean(long line, int column, CsvLine.Cell cell) {
    String text = cell.text();
    if (text.length() > limits.cellChars()) {
      return refuse(
          line,
          column,
          CsvCode.LIMIT,
          "the cell has " + text.length() + " characters, at most " + limits.cellChars());
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean allowed = cell.quoted() && (c == '\t' || c == '\r' || c == '\n');
      if (Character.isISOControl(c) && !allowed) {
        return refuse(
            line,
            column,
            CsvCode.CONTROL_CHARACTER,
            "character U+%04X at %s of the cell".formatted((int) c, i + 1));
      }
    }
    if (!cell.quoted() && text.indexOf('"') >= 0) {
      return refuse(
          line, column, CsvCode.QUOTES, "a quote inside the unquoted cell " + quoted(text));
    }
    if (!text.isEmpty() && (isSpace(text.charAt(0)) || isSpace(text.charAt(text.length() - 1)))) {
      return refuse(
          line, column, CsvCode.CELL_HAS_SPACES, "spaces around the cell " + quoted(text));
    }
    return true;
  }

  Optional<String> key(long line, int column, String text) {
    if (text.isEmpty()) {
      return none(line, column, CsvCode.KEY_MISSING, "every row needs its own key");
    }
    if (text.length() > PayoutRow.MAX_KEY_LENGTH) {
      return none(
          line,
          column,
          CsvCode.KEY_MALFORMED,
          "key has " + text.length() + " characters, at most " + PayoutRow.MAX_KEY_LENGTH);
    }
    if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      return none(
          line,
          column,
          CsvCode.KEY_MALFORMED,
          "key " + quoted(text) + " must be visible ASCII without spaces");
    }
    if (text.startsWith(PayoutRow.RESERVED_KEY_PREFIX)) {
      return none(
          line,
          column,
          CsvCode.KEY_RESERVED,
          "key " + quoted(text) + " begins with " + PayoutRow.RESERVED_KEY_PREFIX);
    }
    return Optional.of(text);
  }

  Optional<Asset> asset(long line, int column, String text) {
    if (text.isEmpty()) {
      return none(line, column, CsvCode.ASSET_MISSING, "write 'native' or the token's address");
    }
    if (text.equals("native")) {
      return Optional.of(new Asset.Native(chain));
    }
    if (text.indexOf("0x") < 0) {
      return none(
          line,
          column,
          CsvCode.ASSET_MALFORMED,
          "asset " + quoted(text) + " must be 'native' or the token's address");
    }
    return address(line, column, text).map(contract -> new Asset.Erc20(chain, contract));
  }

  Optional<Address> address(long line, int column, String text) {
    if (text.isEmpty()) {
      return none(line, column, CsvCode.ADDRESS_MISSING, "every row needs a payee");
    }
    Matcher prefixed = PREFIXED.matcher(text);
    if (!prefixed.matches()) {
      return bareAddress(line, column, text);
    }
    String prefix = prefixed.group(1);
    boolean mainnet = prefix.equals("eth") && chain.value() == 1;
    if (known.isPresent() && !mainnet && !prefix.equals("eip155:" + chain)) {
      return none(
          line,
          column,
          CsvCode.WRONG_NETWORK,
          "prefix '" + prefix + "' does not name chain " + chain + ", write eip155:" + chain);
    }
    return bareAddress(line, column, prefixed.group(2));
  }

  private Optional<Address> bareAddress(long line, int column, String text) {
    if (!ADDRESS.matcher(text).matches()) {
      if (EXPONENT.matcher(text).matches()) {
        return none(
            line,
            column,
            CsvCode.ADDRESS_MALFORMED,
            quoted(text) + " is a number; did a spreadsheet program rewrite the address?");
      }
      if (NAME.matcher(text).matches()) {
        return none(
            line,
            column,
            CsvCode.NAME_REFUSED,
            "names are not resolved: " + quoted(text) + " must be 0x and 40 hex digits");
      }
      return none(
          line,
          column,
          CsvCode.ADDRESS_MALFORMED,
          "address " + quoted(text) + " must be 0x and 40 hex digits");
    }
    // Lower case first: the checksum's own message could not name line and column.
    Address address = Address.of(text.toLowerCase(Locale.ROOT));
    String expected = address.checksummed();
    if (!text.equals(expected)) {
      if (isMixedCase(text)) {
        return none(
            line,
            column,
            CsvCode.ADDRESS_CHECKSUM,
            "address " + quoted(text) + " fails its EIP-55 checksum, expected " + expected);
      }
      withoutChecksum++;
    }
    if (address.isZero()) {
      return none(line, column, CsvCode.ADDRESS_ZERO, "the zero address");
    }
    return Optional.of(address);
  }

  Optional<String> amount(long line, int column, String text) {
    if (text.isEmpty()) {
      return none(line, column, CsvCode.AMOUNT_MISSING, "every row needs an amount");
    }
    if (text.length() > MAX_AMOUNT_CHARS || !AMOUNT.matcher(text).matches()) {
      return none(
          line,
          column,
          CsvCode.AMOUNT_MALFORMED,
          "amount "
              + quoted(text)
              + " must be at most "
              + MAX_AMOUNT_CHARS
              + " digits with at most one point inside, like 12.5");
    }
    if (text.chars().allMatch(c -> c == '0' || c == '.')) {
      return none(line, column, CsvCode.AMOUNT_ZERO, "amount " + quoted(text) + " pays nothing");
    }
    return Optional.of(text);
  }

  private <T> Optional<T> none(long line, int column, CsvCode code, String message) {
    problems.add(line, column, code, message);
    return Optional.empty();
  }

  private boolean refuse(long line, int column, CsvCode code, String message) {
    problems.add(line, column, code, message);
    return false;
  }

  private static boolean isMixedCase(String address) {
    boolean lower = false;
    boolean upper = false;
    for (int i = 2; i < address.length(); i++) {
      lower |= Character.isLowerCase(address.charAt(i));
      upper |= Character.isUpperCase(address.charAt(i));
    }
    return lower && upper;
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  private static String quoted(String text) {
    return Problems.quoted(text);
  }
}
