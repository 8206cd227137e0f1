package io.payonce.batch.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.batch.PayoutRow;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTransfersTest {
  private static final ChainId MAINNET = ChainId.of(1);
  private static final Asset NATIVE = new Asset.Native(MAINNET);

  /** The four mixed-case samples of EIP-55 itself. */
  private static final String ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

  private static final String BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";
  private static final String TOKEN = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB";
  private static final String PAYER = "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb";
  private static final Asset ERC20 = new Asset.Erc20(MAINNET, Address.of(TOKEN));
  private static final String HEADER = "key,asset,to,amount\n";

  @Test
  void reads_rows_in_the_order_of_the_file() {
    CsvTransfers file =
        parse(HEADER + "a,native," + ALICE + ",1.5\nb," + TOKEN + "," + BOB + ",007.250000\n");

    assertThat(file.rows())
        .containsExactly(
            new CsvRow(2, "a", NATIVE, Address.of(ALICE), "1.5"),
            new CsvRow(3, "b", ERC20, Address.of(BOB), "007.250000"));
    assertThat(file.assets()).containsExactly(NATIVE, ERC20);
    assertThat(file.withoutChecksum()).isZero();
    assertThat(file.toPayouts(Map.of(NATIVE, 18, ERC20, 6), List.of(Address.of(PAYER))))
        .extracting(PayoutRow::key, row -> row.amount().units().toString())
        .containsExactly(tuple("a", "1500000000000000000"), tuple("b", "7250000"));
  }

  @Test
  void columns_may_stand_in_any_order_and_problems_name_the_place() {
    CsvTransfers file = parse("amount,to,key,asset\n2," + ALICE + ",a,native\n");
    assertThat(file.rows()).containsExactly(new CsvRow(2, "a", NATIVE, Address.of(ALICE), "2"));

    assertThat(problems("amount,to,key,asset\n0," + ALICE + ",a,\n"))
        .extracting(CsvProblem::line, CsvProblem::column, CsvProblem::code)
        .containsExactly(tuple(2L, 4, CsvCode.ASSET_MISSING), tuple(2L, 1, CsvCode.AMOUNT_ZERO));
  }

  @Test
  void line_ends_byte_order_mark_and_quotes_are_read_as_rfc_4180_says() {
    String row = "a,native," + ALICE + ",1";
    List<CsvRow> plain = parse(HEADER + row + "\n").rows();

    assertThat(parse(HEADER + row).rows()).isEqualTo(plain);
    assertThat(parse((HEADER + row + "\n").replace("\n", "\r\n")).rows()).isEqualTo(plain);
    assertThat(parse("\ufeff" + HEADER + row).rows()).isEqualTo(plain);
    assertThat(parse("\"key\",asset,to,amount\n\"a\",\"native\",\"" + ALICE + "\",\"1\"").rows())
        .isEqualTo(plain);
    assertThat(parse(HEADER + "\"a,\"\"b\"\"\",native," + ALICE + ",1").rows().get(0).key())
        .isEqualTo("a,\"b\"");
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-16LE, UTF-16 (little endian)",
    "UTF-16BE, UTF-16 (big endian)",
    "UTF-32LE, UTF-32 (little endian)",
    "UTF-32BE, UTF-32 (big endian)"
  })
  void wider_encodings_are_named_with_and_without_byte_order_mark(String charset, String name) {
    for (String mark : List.of("", "\ufeff")) {
      byte[] bytes = (mark + HEADER).getBytes(Charset.forName(charset));
      assertThat(problems(bytes))
          .singleElement()
          .satisfies(problem -> assertThat(problem.code()).isEqualTo(CsvCode.ENCODING))
          .satisfies(problem -> assertThat(problem.message()).contains(name));
    }
  }

  @Test
  void bytes_that_are_not_utf_8_are_named_by_offset_and_line() {
    byte[] latin1 =
        (HEADER + "a,native," + ALICE + ",1\nM\u00fcller,,,\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    int offset = new String(latin1, StandardCharsets.ISO_8859_1).indexOf('\u00fc');

    assertThat(problems(latin1))
        .containsExactly(
            new CsvProblem(3, 0, CsvCode.ENCODING, "byte at offset " + offset + " is not UTF-8"));
    byte[] cut = (HEADER + "\u00e9").getBytes(StandardCharsets.UTF_8);
    assertThat(problems(Arrays.copyOf(cut, cut.length - 1)))
        .extracting(CsvProblem::message)
        .contains("byte at offset 20 is not UTF-8");
    // an overlong slash and a lone surrogate: decoders that accept them see another text than we do
    assertThat(codes(bytes(HEADER, 0xc0, 0xaf))).contains(CsvCode.ENCODING);
    assertThat(codes(bytes(HEADER, 0xed, 0xa0, 0x80))).contains(CsvCode.ENCODING);
  }

  @Test
  void encoding_offset_is_right_beyond_the_first_buffer() {
    StringBuilder text = new StringBuilder(HEADER);
    for (int i = 0; i < 500; i++) {
      text.append("k").append(i).append(",native,").append(ALICE).append(",1\n");
    }
    assertThat(problems(bytes(text.toString(), 0xff)))
        .containsExactly(
            new CsvProblem(
                502, 0, CsvCode.ENCODING, "byte at offset " + text.length() + " is not UTF-8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000", "a\tb", "\u001b[2Ja", "a\u007f", "\"a\u0000\"", "a\u0085"})
  void control_characters_are_refused(String key) {
    assertProblem(HEADER + key + ",native," + ALICE + ",1", 2, 1, CsvCode.CONTROL_CHARACTER);
  }

  @Test
  void a_line_ended_by_cr_alone_is_refused() {
    assertThat(problems(HEADER + "a,native," + ALICE + ",1\rb,native," + BOB + ",1\n"))
        .extracting(CsvProblem::line, CsvProblem::code)
        .containsExactly(tuple(2L, CsvCode.CONTROL_CHARACTER));
    assertThat(codes(HEADER + "a,native," + ALICE + ",1\r"))
        .containsExactly(CsvCode.CONTROL_CHARACTER);
  }

  @Test
  void messages_cannot_steer_a_terminal() {
    assertThat(problems(HEADER + "a,\u202enative\u202d,\"" + "x\ny" + "\",1"))
        .hasSize(2)
        .allSatisfy(problem -> assertThat(problem.message()).matches("[\\x20-\\x7e]*"));
  }

  @ParameterizedTest
  @CsvSource({
    "'key;asset;to;amount', COLUMN_UNKNOWN, 1",
    "'key,asset,to,Amount', COLUMN_UNKNOWN, 4",
    "'key,asset,to, amount', COLUMN_UNKNOWN, 4",
    "'key,asset,to,amount,', COLUMN_UNKNOWN, 5",
    "'key,asset,to,amount,reference', COLUMN_UNKNOWN, 5",
    "'key,asset,to,amount,to', COLUMN_REPEATED, 5",
    "'key,asset,amount', COLUMN_MISSING, 0"
  })
  void headers_with_other_columns_are_refused(String header, CsvCode code, int column) {
    assertThat(problems(header + "\nthis,is,not,read\n"))
        .first()
        .satisfies(problem -> assertThat(problem.line()).isEqualTo(1))
        .satisfies(problem -> assertThat(problem.column()).isEqualTo(column))
        .satisfies(problem -> assertThat(problem.code()).isEqualTo(code));
  }

  @Test
  void files_without_header_or_rows_are_refused() {
    assertThat(codes("")).containsExactly(CsvCode.HEADER_MISSING);
    assertThat(codes("\ufeff")).containsExactly(CsvCode.HEADER_MISSING);
    assertThat(codes("\n" + HEADER)).containsExactly(CsvCode.HEADER_MISSING);
    assertThat(codes(HEADER)).containsExactly(CsvCode.NO_ROWS);
    assertThat(codes(HEADER.strip())).containsExactly(CsvCode.NO_ROWS);
  }

  @Test
  void every_line_is_a_row_or_a_problem() {
    String good = "a,native," + ALICE + ",1\n";
    assertProblem(HEADER + "\n" + good, 2, 0, CsvCode.EMPTY_LINE);
    assertProblem(HEADER + good + "\n", 3, 0, CsvCode.EMPTY_LINE);
    assertProblem(HEADER + "# " + good, 2, 1, CsvCode.KEY_MALFORMED);
    assertProblem(HEADER + "a,native," + ALICE + "\n", 2, 0, CsvCode.CELL_COUNT);
    assertProblem(HEADER + "a,native," + ALICE + ",1,5\n", 2, 0, CsvCode.CELL_COUNT);
    assertProblem(HEADER + "a,native," + ALICE + ",1" + ",".repeat(100), 2, 0, CsvCode.CELL_COUNT);
    assertProblem(HEADER + good + "\"\"", 3, 0, CsvCode.CELL_COUNT);
  }

  @Test
  void broken_quotes_are_refused_where_the_row_begins() {
    String good = "a,native," + ALICE + ",1\n";
    assertProblem(HEADER + good + "\"b,native," + BOB + ",1\n", 3, 0, CsvCode.QUOTES);
    assertProblem(HEADER + "a,native," + ALICE + ",\"1", 2, 0, CsvCode.QUOTES);
    assertProblem(HEADER + "\"a\"b,native," + ALICE + ",1\n", 2, 0, CsvCode.QUOTES);
    assertProblem(HEADER + "a\"b,native," + ALICE + ",1\n", 2, 1, CsvCode.QUOTES);
    assertProblem(HEADER + "\"" + "x,\n".repeat(50_000) + good, 2, 0, CsvCode.QUOTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {" a", "a ", "\" a\"", "\"a\t\"", "\u00a0a", "\"a\n\""})
  void spaces_around_a_cell_are_refused(String key) {
    assertProblem(HEADER + key + ",native," + ALICE + ",1", 2, 1, CsvCode.CELL_HAS_SPACES);
  }

  @Test
  void keys_are_visible_ascii_of_limited_length() {
    assertThat(rowWithKey("~".repeat(128))).isEqualTo("~".repeat(128));
    assertThat(rowWithKey("Batch/1")).isEqualTo("Batch/1");
    assertProblem(key(""), 2, 1, CsvCode.KEY_MISSING);
    assertProblem(key("k".repeat(129)), 2, 1, CsvCode.KEY_MALFORMED);
    assertProblem(key("a b"), 2, 1, CsvCode.KEY_MALFORMED);
    assertProblem(key("caf\u00e9"), 2, 1, CsvCode.KEY_MALFORMED);
    assertProblem(key("batch/1/row/a"), 2, 1, CsvCode.KEY_RESERVED);
  }

  @Test
  void a_repeated_key_names_both_lines() {
    String row = ",native," + ALICE + ",1\n";
    assertThat(problems(HEADER + "a" + row + "b" + row + "a" + row))
        .containsExactly(new CsvProblem(4, 1, CsvCode.KEY_REPEATED, "key 'a' is on line 2 too"));
    assertThat(codes(HEADER + "a,native," + ALICE + ",x\na" + row))
        .containsExactly(CsvCode.AMOUNT_MALFORMED, CsvCode.KEY_REPEATED);
    assertThat(parse(HEADER + "a" + row + "A" + row).rows()).hasSize(2);
  }

  @Test
  void an_asset_is_native_or_a_token_address() {
    assertProblem(asset(""), 2, 2, CsvCode.ASSET_MISSING);
    assertProblem(asset("NATIVE"), 2, 2, CsvCode.ASSET_MALFORMED);
    assertProblem(asset("USDT"), 2, 2, CsvCode.ASSET_MALFORMED);
    assertProblem(asset("0x1234"), 2, 2, CsvCode.ADDRESS_MALFORMED);
    assertProblem(asset("0x" + "0".repeat(40)), 2, 2, CsvCode.ADDRESS_ZERO);
    assertProblem(asset("eip155:10:" + TOKEN), 2, 2, CsvCode.WRONG_NETWORK);
    assertThat(parse(asset("eip155:1:" + TOKEN)).assets()).containsExactly(ERC20);
    assertThat(parse(asset("eth:" + TOKEN)).assets()).containsExactly(ERC20);
  }

  @Test
  void mixed_case_addresses_must_pass_eip_55_and_the_right_form_is_told() {
    assertThat(problems(to(ALICE.replace("aAeb", "aaeb"))))
        .singleElement()
        .satisfies(problem -> assertThat(problem.code()).isEqualTo(CsvCode.ADDRESS_CHECKSUM))
        .satisfies(problem -> assertThat(problem.message()).endsWith("expected " + ALICE));
  }

  @Test
  void addresses_of_one_case_pass_and_are_counted() {
    CsvTransfers file =
        parse(
            HEADER
                + ("a,native," + ALICE.toLowerCase(Locale.ROOT) + ",1\n")
                + ("b,native,0x" + BOB.substring(2).toUpperCase(Locale.ROOT) + ",1\n")
                + ("c,native,0x" + "1".repeat(40) + ",1\n")
                + ("d,native," + ALICE + ",1\n"));
    assertThat(file.rows()).extracting(CsvRow::to).contains(Address.of(ALICE), Address.of(BOB));
    assertThat(file.withoutChecksum()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        "native",
        "5.17732E+47"
      })
  void malformed_addresses_are_refused(String address) {
    assertProblem(to(address), 2, 3, CsvCode.ADDRESS_MALFORMED);
  }

  @Test
  void payees_that_are_mistakes_are_refused() {
    assertProblem(to(""), 2, 3, CsvCode.ADDRESS_MISSING);
    assertProblem(to("0x" + "0".repeat(40)), 2, 3, CsvCode.ADDRESS_ZERO);
    assertProblem(to("alice.eth"), 2, 3, CsvCode.NAME_REFUSED);
    assertProblem(HEADER + "a," + TOKEN + "," + TOKEN + ",1", 2, 3, CsvCode.PAYEE_IS_TOKEN);
    assertThat(parse(to(TOKEN)).rows()).as("native coin to a token contract").hasSize(1);
    assertThat(problems(to("5.17732E+47")).get(0).message()).contains("spreadsheet");
  }

  @Test
  void a_network_prefix_must_name_the_chain_of_the_payout() {
    assertThat(parse(to("eth:" + ALICE)).rows().get(0).to()).isEqualTo(Address.of(ALICE));
    assertThat(parse(to("eip155:1:" + ALICE)).rows().get(0).to()).isEqualTo(Address.of(ALICE));
    for (String prefix : List.of("eip155:10", "eip155:01", "base", "solana", "ETH", "eip155")) {
      assertThat(codes(to(prefix + ":" + ALICE)))
          .as(prefix)
          .isSubsetOf(CsvCode.WRONG_NETWORK, CsvCode.ADDRESS_MALFORMED)
          .hasSize(1);
    }
    assertProblem(to("eip155:10:" + ALICE), 2, 3, CsvCode.WRONG_NETWORK);
    byte[] onBase = to("eth:" + ALICE).getBytes(StandardCharsets.UTF_8);
    CsvException refused =
        catchThrowableOfType(
            CsvException.class,
            () -> CsvTransfers.parse(new ByteArrayInputStream(onBase), ChainId.of(8453)));
    assertThat(refused.problems())
        .extracting(CsvProblem::code)
        .containsExactly(CsvCode.WRONG_NETWORK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "+1",
        "1e18",
        "1E2",
        "0x10",
        ".5",
        "5.",
        "1.2.3",
        "1_000",
        "1'000",
        "\"1,000\"",
        "\uff11",
        "\u0661",
        "NaN",
        "1 000",
        "1f",
        "=1+1"
      })
  void amounts_in_any_other_form_are_refused(String amount) {
    assertProblem(amount(amount), 2, 4, CsvCode.AMOUNT_MALFORMED);
  }

  @Test
  void amounts_have_a_value_and_a_limit() {
    assertProblem(amount(""), 2, 4, CsvCode.AMOUNT_MISSING);
    assertProblem(amount("0"), 2, 4, CsvCode.AMOUNT_ZERO);
    assertProblem(amount("0.000"), 2, 4, CsvCode.AMOUNT_ZERO);
    assertProblem(amount("1".repeat(101)), 2, 4, CsvCode.AMOUNT_MALFORMED);
    assertThat(parse(amount("0.000000000000000001")).rows()).hasSize(1);
  }

  @Test
  void amounts_are_exact_or_refused() {
    Address payer = Address.of(PAYER);
    BigInteger max = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

    assertThat(units(amount("1.000001"), 6)).isEqualTo("1000001");
    assertThat(units(amount("123"), 0)).isEqualTo("123");
    assertThat(units(amount(max.toString()), 0)).isEqualTo(max.toString());
    assertThat(refusal(amount("1.0000000"), 6, payer))
        .containsExactly(
            new CsvProblem(
                2,
                4,
                CsvCode.AMOUNT_TOO_PRECISE,
                "amount '1.0000000' has 7 fraction digits, native has 6 decimals"));
    assertThat(refusal(amount(max.add(BigInteger.ONE).toString()), 0, payer))
        .extracting(CsvProblem::code)
        .containsExactly(CsvCode.AMOUNT_TOO_LARGE);
    assertThat(refusal(HEADER + "a,native," + ALICE + ",0.1\nb,native," + PAYER + ",0.1", 0, payer))
        .extracting(CsvProblem::line, CsvProblem::column, CsvProblem::code)
        .containsExactly(
            tuple(2L, 4, CsvCode.AMOUNT_TOO_PRECISE),
            tuple(3L, 3, CsvCode.PAYEE_IS_PAYER),
            tuple(3L, 4, CsvCode.AMOUNT_TOO_PRECISE));
  }

  @Test
  void an_asset_without_decimals_is_a_broken_call() {
    CsvTransfers file = parse(amount("1"));
    Address payer = Address.of(PAYER);
    assertThatThrownBy(() -> file.toPayouts(Map.of(ERC20, 6), List.of(payer)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("native");
    assertThatThrownBy(() -> file.toPayouts(Map.of(NATIVE, 78), List.of(payer)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void all_problems_are_counted_and_the_first_thousand_listed() {
    String text = HEADER + ("a,native," + ALICE + ",x\n").repeat(1_500);
    CsvException refused = catchThrowableOfType(CsvException.class, () -> parse(text));

    assertThat(refused.total()).isEqualTo(1_500 + 1_499);
    assertThat(refused.problems()).hasSize(CsvException.MAX_LISTED);
    assertThat(refused)
        .hasMessageContaining("2999 problems")
        .hasMessageContaining("line 2, column 4: AMOUNT_MALFORMED");
  }

  @Test
  void limits_hold_at_their_exact_value() {
    String row = ",native," + ALICE + ",1\n";
    String two = HEADER + "a" + row + "b" + row;

    assertThat(parse(two, new CsvLimits(2, two.length(), 60, 42)).rows()).hasSize(2);
    assertThat(limited(two, new CsvLimits(1, 999, 99, 99)))
        .containsExactly(new CsvProblem(3, 0, CsvCode.LIMIT, "the file has more than 1 rows"));
    assertThat(limited(two, new CsvLimits(9, two.length() - 1L, 99, 99)))
        .extracting(CsvProblem::code)
        .containsExactly(CsvCode.LIMIT);
    assertThat(limited(two, new CsvLimits(9, 999, "a,native,,1".length() + 41, 99)))
        .containsExactly(new CsvProblem(2, 0, CsvCode.LIMIT, "the line has more than 52 bytes"));
    assertThat(limited(two, new CsvLimits(9, 999, 99, 41)))
        .extracting(CsvProblem::line, CsvProblem::column, CsvProblem::code)
        .containsExactly(tuple(2L, 3, CsvCode.LIMIT), tuple(3L, 3, CsvCode.LIMIT));
  }

  @Test
  void the_standard_limits_are_those_of_the_documentation() {
    assertThat(CsvLimits.STANDARD).isEqualTo(new CsvLimits(1_000_000, 536_870_912, 4_096, 1_024));
    assertProblem(key("\u00e9".repeat(2_030)), 2, 0, CsvCode.LIMIT);
    assertProblem(key("k".repeat(1_025)), 2, 1, CsvCode.LIMIT);
  }

  @Test
  void problems_before_a_fatal_one_are_kept() {
    assertThat(codes(HEADER + "a,native," + ALICE + ",x\n\"b"))
        .containsExactly(CsvCode.AMOUNT_MALFORMED, CsvCode.QUOTES);
    assertThat(codes(bytes(HEADER + "a,native," + ALICE + ",x\n", 0xff)))
        .containsExactly(CsvCode.AMOUNT_MALFORMED, CsvCode.ENCODING);
  }

  @Test
  void a_file_is_read_from_disk_and_a_missing_one_is_no_problem_of_its_rows(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("payouts.csv");
    Files.writeString(file, amount("1"));
    assertThat(CsvTransfers.parse(file, MAINNET).rows()).hasSize(1);
    assertThatThrownBy(() -> CsvTransfers.parse(folder.resolve("absent.csv"), MAINNET))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void the_form_of_a_file_is_checked_before_its_chain_is_known(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("payouts.csv");
    Files.writeString(file, to("eip155:10:" + ALICE));
    assertThat(CsvTransfers.checkForm(file)).isOne();
    assertThatThrownBy(() -> CsvTransfers.parse(file, MAINNET)).isInstanceOf(CsvException.class);
    Files.writeString(file, HEADER + "a,native," + ALICE + ",x\nb,,0x12,1\n");
    CsvException refused =
        catchThrowableOfType(CsvException.class, () -> CsvTransfers.checkForm(file));
    assertThat(refused.problems())
        .extracting(CsvProblem::code)
        .containsExactly(
            CsvCode.AMOUNT_MALFORMED, CsvCode.ASSET_MISSING, CsvCode.ADDRESS_MALFORMED);
    assertThatThrownBy(() -> CsvTransfers.checkForm(folder.resolve("absent.csv")))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void a_failing_disk_is_not_a_wrong_file() {
    InputStream broken =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("disk");
          }
        };
    assertThatThrownBy(() -> CsvTransfers.parse(broken, MAINNET))
        .isInstanceOf(UncheckedIOException.class)
        .hasRootCauseMessage("disk");
  }

  private static String key(String key) {
    return HEADER + key + ",native," + ALICE + ",1";
  }

  private static String asset(String asset) {
    return HEADER + "a," + asset + "," + ALICE + ",1";
  }

  private static String to(String to) {
    return HEADER + "a,native," + to + ",1";
  }

  private static String amount(String amount) {
    return HEADER + "a,native," + ALICE + "," + amount;
  }

  private static String rowWithKey(String key) {
    return parse(key(key)).rows().get(0).key();
  }

  private static String units(String text, int decimals) {
    return parse(text)
        .toPayouts(Map.of(NATIVE, decimals), List.of(Address.of(PAYER)))
        .get(0)
        .amount()
        .units()
        .toString();
  }

  private static void assertProblem(String text, long line, int column, CsvCode code) {
    assertThat(problems(text))
        .singleElement()
        .satisfies(problem -> assertThat(problem.code()).isEqualTo(code))
        .satisfies(problem -> assertThat(problem.line()).isEqualTo(line))
        .satisfies(problem -> assertThat(problem.column()).isEqualTo(column));
  }

  private static List<CsvProblem> refusal(String text, int decimals, Address payer) {
    CsvTransfers file = parse(text);
    return catchThrowableOfType(
            CsvException.class, () -> file.toPayouts(Map.of(NATIVE, decimals), List.of(payer)))
        .problems();
  }

  private static List<CsvCode> codes(String text) {
    return codes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<CsvCode> codes(byte[] bytes) {
    return problems(bytes).stream().map(CsvProblem::code).toList();
  }

  private static List<CsvProblem> problems(String text) {
    return problems(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<CsvProblem> problems(byte[] bytes) {
    CsvException refused =
        catchThrowableOfType(
            CsvException.class, () -> CsvTransfers.parse(new ByteArrayInputStream(bytes), MAINNET));
    assertThat(refused).as("the file is refused").isNotNull();
    return refused.problems();
  }

  private static List<CsvProblem> limited(String text, CsvLimits limits) {
    return catchThrowableOfType(CsvException.class, () -> parse(text, limits)).problems();
  }

  private static CsvTransfers parse(String text) {
    return parse(text, CsvLimits.STANDARD);
  }

  private static CsvTransfers parse(String text, CsvLimits limits) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return CsvTransfers.parse(new ByteArrayInputStream(bytes), MAINNET, limits);
  }

  private static byte[] bytes(String text, int... more) {
    byte[] start = text.getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(start, start.length + more.length);
    for (int i = 0; i < more.length; i++) {
      all[start.length + i] = (byte) more[i];
    }
    return all;
  }
}
