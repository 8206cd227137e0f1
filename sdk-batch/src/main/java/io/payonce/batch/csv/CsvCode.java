package io.payonce.batch.csv;

/** What is wrong with a payout file. The names are stable. */
public enum CsvCode {
  /** Not UTF-8; the message has the byte offset. The rest of the file is not read. */
  ENCODING,
  /** A control character other than TAB, CR and LF in a quoted cell; or a CR that ends a line. */
  CONTROL_CHARACTER,
  /** A quote that is not closed, text after a closing quote, or a quote in an unquoted cell. */
  QUOTES,
  /** More than a limit; the message has the limit. */
  LIMIT,

  /** No first line, or an empty one. */
  HEADER_MISSING,
  COLUMN_UNKNOWN,
  COLUMN_REPEATED,
  COLUMN_MISSING,
  /** A header and nothing else: more likely a truncated file than a wish to pay nobody. */
  NO_ROWS,

  /** A line without anything between two others, or more than one line end at the end. */
  EMPTY_LINE,
  /** More or fewer cells than the header has. */
  CELL_COUNT,
  CELL_HAS_SPACES,

  KEY_MISSING,
  KEY_MALFORMED,
  /** Begins with a prefix that only this SDK uses. */
  KEY_RESERVED,
  /** The same key on two lines; the message has the first. */
  KEY_REPEATED,

  /** An empty cell is never the native coin. */
  ASSET_MISSING,
  /** Neither {@code native} nor a token address; symbols are not identity. */
  ASSET_MALFORMED,

  ADDRESS_MISSING,
  ADDRESS_MALFORMED,
  /** Mixed case that fails EIP-55; the message has the expected form. */
  ADDRESS_CHECKSUM,
  ADDRESS_ZERO,
  /** Something like {@code alice.eth}: names are not resolved. */
  NAME_REFUSED,
  /** The prefix of the address does not name the chain of the payout. */
  WRONG_NETWORK,
  /** The payee is the contract of the token that is paid. */
  PAYEE_IS_TOKEN,
  /** The payee is the wallet that pays. */
  PAYEE_IS_PAYER,

  AMOUNT_MISSING,
  AMOUNT_MALFORMED,
  AMOUNT_ZERO,
  /** More fraction digits than the asset has decimals; nothing is rounded. */
  AMOUNT_TOO_PRECISE,
  /** More than 2^256 - 1 smallest units. */
  AMOUNT_TOO_LARGE
}
