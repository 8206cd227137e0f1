package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.testing.JournalScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before any node, journal or key is touched. */
final class OptionsTest {
  private static final String KEY = "7a".repeat(32);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"90s,PT90S", "10m,PT10M", "2h,PT2H"})
  void reads_durations_as_people_write_them(String text, Duration expected) {
    assertThat(Durations.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "0s", "-1s", "1d", "721h", "1.5h", "9999999s"})
  void refuses_other_durations(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_mistyped_option_never_shows_a_key() {
    CliRun run = run("payout", "--insecure-kay", KEY, "--csv", "a", "--journal", "b");
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("unknown option or argument --insecure-kay").hasLineCount(1);
    assertThat(run.all()).doesNotContain(KEY);
  }

  @Test
  void a_missing_subcommand_and_a_missing_key_are_bad_input() {
    assertThat(run().exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run("status", "--journal", "x").exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run("refund").exit()).isEqualTo(ExitCode.BAD_INPUT);
  }

  @ParameterizedTest
  @CsvSource({
    "--insecure-key 12, '--insecure-key must be 64 hex digits'",
    "--keystore k, '--keystore needs --password-file'",
    "--password-file p, '--password-file needs --keystore'",
    "--keystore a --keystore b --keystore c --password-file p --password-file q, '3 keystores have 2 password files; give one for all, or one for each'",
    "--pool 0x12 --insecure-key 12, '--pool: pool name 0x12 must not begin with 0x'",
    "--insecure-key 7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a --insecure-key 7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a, 'wallet 0x'",
    "--max-fee 1e3, '--max-fee: amount ''1e3'' must be digits'",
    "--max-fee 0.0, '--max-fee: maxFeePerPayment 0 wei must be above 0'",
    "--timeout soon, '--timeout: ''soon'' must be like 90s'",
    "--token here=6, '--token: address'",
    "--public-after 5, '--public-after needs --private-route'",
    "--private-route https://relay/key42, '--private-route: name 1 is no endpoint of the role private_submit in --endpoints; those are []'",
    "--yes, 'no wallet: give --keystore and --password-file'"
  })
  void says_which_option_is_wrong(String options, String message) {
    List<String> args = new ArrayList<>(List.of("payout", "--rpc", "http://localhost:1"));
    args.addAll(List.of("--csv", "rows.csv"));
    args.addAll(List.of("--journal", folder.resolve("journal.db").toString()));
    args.addAll(List.of(options.split(" ")));
    CliRun run = CliRun.of(Map.of(), args);
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).startsWith("payonce: " + message).hasLineCount(1);
    assertThat(run.all()).doesNotContain("key42");
    assertThat(folder.resolve("journal.db")).doesNotExist();
  }

  @Test
  void a_private_route_is_one_of_the_file_and_its_limits_are_named() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("endpoints.json"),
            """
            [{"name":"relay","operator":"r","url":"http://127.0.0.1:1","roles":["private_submit"]},
            {"name":"own","operator":"o","url":"http://127.0.0.1:2"}]""");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    for (String command : List.of("cancel a", "speedup a", "giveup a", "fill 3", "resume")) {
      for (String[] refused :
          new String[][] {
            {"", "endpoints of the role private_submit are given, [relay]"},
            {"--private-route own", "name 1 is no endpoint of the role private_submit"},
            {"--private-route relay,other", "name 2 is no endpoint of the role"},
            {"--private-route relay --public-after 0", "afterBlocks 0 must be 1 to 10000"},
            {"--private-route relay --public-after 10001", "afterBlocks 10001 must be 1 to 10000"}
          }) {
        List<String> args = new ArrayList<>(List.of(command.split(" ")));
        args.addAll(List.of("--endpoints", file.toString()));
        args.addAll(List.of("--journal", folder.resolve("journal.db").toString()));
        if (!refused[0].isEmpty()) {
          args.addAll(List.of(refused[0].split(" ")));
        }
        CliRun run = CliRun.of(Map.of("PAYONCE_KEY", KEY), args);
        assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).as("%s", args).contains(refused[1]).hasLineCount(1);
      }
    }
    assertThat(folder.resolve("journal.db")).doesNotExist();
  }

  @Test
  void a_reason_or_a_name_that_no_history_keeps_is_refused_before_a_key_is_read() {
    String letters = "x".repeat(40) + "...";
    String tooLong = "x".repeat(1001);
    for (String command :
        List.of(
            "cancel a",
            "speedup a",
            "giveup a",
            "fill 3",
            "resume",
            "resolve a --as NOT_A_DUPLICATE")) {
      String limits = " characters, must have 1 to 1000 and not be blank\n";
      assertRefused(command, tooLong, "ann", "--reason '" + letters + "' has 1001" + limits);
      assertRefused(command, "\n\u2028", "ann", "--reason '\uFFFD\uFFFD' has 2" + limits);
      assertRefused(
          command,
          "typo",
          "x".repeat(101),
          "environment variable USER: actor '"
              + letters
              + "' has 101 characters, must have 1 to 100 and not be blank\n");
    }
    assertThat(folder.resolve("journal.db")).doesNotExist();
  }

  private void assertRefused(String command, String reason, String user, String message) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.addAll(List.of("--rpc", "http://localhost:1", "--reason", reason));
    args.addAll(List.of("--journal", folder.resolve("journal.db").toString()));
    CliRun run = CliRun.of(Map.of("USER", user), args);
    assertThat(run.exit()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).as("%s", args).isEqualTo("payonce: " + message);
  }

  @Test
  void a_command_that_works_on_one_wallet_refuses_two() {
    List<String> args = new ArrayList<>(List.of("fill", "3", "--rpc", "http://localhost:1"));
    args.addAll(List.of("--journal", folder.resolve("journal.db").toString()));
    CliRun run = CliRun.of(Map.of("PAYONCE_KEY", KEY + "," + "7b".repeat(32)), args);
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).startsWith("payonce: 2 wallets are given; this command works on one");
    assertThat(run.all()).doesNotContain(KEY);
  }

  @Test
  void names_bad_endpoints_without_showing_them() {
    List<String> args =
        List.of(
            "payout",
            "--rpc",
            "a=http://10.1.2.3/sesame-key,b=sesame",
            "--csv",
            "rows.csv",
            "--journal",
            folder.resolve("journal.db").toString(),
            "--insecure-key",
            KEY);
    CliRun run = CliRun.of(Map.of(), args);
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("endpoints[0]", "endpoints[1]").hasLineCount(1);
    assertThat(run.all()).doesNotContain("sesame", KEY);
  }

  @Test
  void reading_commands_name_a_missing_journal_and_an_unknown_key() {
    CliRun run = run("status", "invoice-7", "--journal", folder.resolve("none.db").toString());
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.err()).contains("there is no such file").hasLineCount(1);
    assertThat(folder.resolve("none.db")).doesNotExist();
  }

  @Test
  void a_member_of_a_group_is_no_unknown_key() {
    Path journal = folder.resolve("journal.db");
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      assertThat(JournalScript.on(store)).isNotNull();
      var unused =
          store.acceptGroup(JournalScript.group("payroll", "anna", "bert"), JournalScript.AT);
    }
    for (String command : List.of("status", "diagnose")) {
      CliRun run = run(command, "anna", "--journal", journal.toString());
      assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains("'anna' is a member of group 'payroll'").hasLineCount(1);
    }
  }

  @Test
  void a_list_shows_what_has_the_payee_and_the_metadata_that_were_asked_for() {
    Path file = folder.resolve("journal.db");
    try (JdbcTransferStore journal = JdbcTransferStore.open(file, JournalOptions.defaults())) {
      JournalScript script = JournalScript.on(journal); // each with its key as order
      script.accept("one");
      script.accept("two");
    }
    List<String> list = List.of("list", "--journal", file.toString());
    CliRun two = run(with(list, "--metadata", "order=two"));
    assertThat(two.exit()).as(two.all()).isEqualTo(ExitCode.OK);
    assertThat(two.out()).startsWith("two  ACCEPTED").hasLineCount(1);
    assertThat(run(with(list, "--metadata", "order=tw")).out()).isEmpty();
    assertThat(run(with(list, "--payee", "0x" + "00".repeat(19) + "aa")).out()).hasLineCount(2);
    assertThat(run(with(list, "--payee", "0x" + "00".repeat(19) + "ab")).out()).isEmpty();
    CliRun wrong = run(with(list, "--payee", "0x12"));
    assertThat(wrong.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(wrong.err()).startsWith("payonce: --payee: address '0x12'").hasLineCount(1);
  }

  private static String[] with(List<String> args, String... more) {
    return Stream.concat(args.stream(), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void a_journal_whose_server_is_away_is_to_be_tried_again() {
    CliRun run = run("status", "invoice-7", "--journal", "jdbc:postgresql://127.0.0.1:1/pay");
    assertThat(run.exit()).isEqualTo(ExitCode.RUN_AGAIN);
    assertThat(run.err())
        .contains("check server, database and role", "nothing was done, run again")
        .hasLineCount(1);
  }

  @Test
  void the_counts_of_a_summary_add_up_to_its_rows() {
    Summary summary = Summary.of(List.of(TransferState.values()));
    assertThat(summary.paidFinal()).isEqualTo(1);
    assertThat(summary.notPaid()).isEqualTo(4);
    assertThat(summary.held()).isEqualTo(1);
    assertThat(summary.paidFinal() + summary.notPaid() + summary.held() + summary.undecided())
        .isEqualTo(summary.rows())
        .isEqualTo(TransferState.values().length);
  }

  @Test
  void urls_and_keys_are_taken_out_of_messages() {
    assertThat(Failures.withoutSecrets("at https://u:p@host/v2/k?x=1, key 0x" + KEY + "."))
        .isEqualTo("at ***, key ***.");
  }

  private static CliRun run(String... args) {
    return CliRun.of(Map.of(), List.of(args));
  }
}
