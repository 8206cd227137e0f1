/**
 * Payout files. {@link io.payonce.batch.csv.CsvTransfers} reads one, strictly: every line becomes a
 * row or a problem, and one problem refuses the whole file. All problems are reported at once, with
 * line, column and a stable {@link io.payonce.batch.csv.CsvCode}; the first 1,000 are listed, all
 * are counted.
 *
 * <p>The file:
 *
 * <ul>
 *   <li>UTF-8, with or without a byte order mark; UTF-16 and UTF-32 are recognised and refused by
 *       name. RFC 4180 quoting; lines end with LF or CR LF, the last end is optional. No control
 *       characters but TAB, CR and LF in quoted cells. No empty lines, no comments.
 *   <li>A header of exactly {@code key,asset,to,amount}, in any order and in lower case.
 *   <li>{@code key}: 1 to 128 visible ASCII characters, unique in the file. It is the payment's
 *       identity: rows with different keys are different payments, however alike they are.
 *   <li>{@code asset}: {@code native} or the token's address. An empty cell is never native, and a
 *       symbol is nobody's identity.
 *   <li>{@code to}, and the token's address: {@code 0x} and 40 hex digits. Mixed case must pass
 *       EIP-55; one case passes and is counted. {@code eip155:1:0x..} (CAIP-10) and {@code
 *       eth:0x..} (ERC-3770) are accepted when they name the chain of the payout. Refused: the zero
 *       address, the paid token's own contract, the paying wallet, names.
 *   <li>{@code amount}: whole units as ASCII digits with at most one point inside; more than zero;
 *       not more fraction digits than the asset has decimals. Nothing is rounded.
 *   <li>No spaces around cells: they hide that two keys differ.
 * </ul>
 *
 * <p>Reading stops early at what makes the rest meaningless: broken encoding, broken quotes, a line
 * ended by CR alone, a limit of file, rows or line, a wrong header. The problems up to there are
 * reported.
 *
 * <p>{@code StrictText} checks bytes and lines, fastcsv splits records, {@code CellGrammar} knows
 * what a cell may be, {@code RowReader} what a row may be.
 */
@NullMarked
package io.payonce.batch.csv;

import org.jspecify.annotations.NullMarked;
