package io.payonce.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples are documentation, so what they print must be what their comments say. */
final class ExamplesTest {
  private static final String PAID_ONCE = "PAID_FINAL: the chain has paid it 1 time(s)";

  @Test
  void hello_withdrawal_pays_both_once_although_it_was_killed() {
    List<String> story = run(HelloWithdrawal::main);
    assertThat(at(story, "-- killed: ")).isBetween(1, at(story, "-- started again "));
    assertThat(lines(story, "withdrawal-1001 .* " + quoted(PAID_ONCE))).hasSize(1);
    assertThat(lines(story, "withdrawal-1002 .* " + quoted(PAID_ONCE))).hasSize(1);
  }

  @Test
  void same_key_twice_pays_one_of_all_callers() {
    List<String> story = run(SameKeyTwice::main);
    assertThat(lines(story, "submit 0.5 ETH to Alice: Accepted")).hasSize(1);
    assertThat(lines(story, "submit 0.5 ETH to Alice: AlreadyKnown, it is ACCEPTED")).hasSize(1);
    assertThat(lines(story, "submit 0.5 ETH to Alice: AlreadyKnown, it is PAID_FINAL")).hasSize(1);
    assertThat(
            lines(story, "submit 0.5 USDX to Bob: KeyConflict.*" + quoted("[asset, to, amount]")))
        .hasSize(1);
    assertThat(lines(story, "20 callers at once: 1 accepted, 19 already known")).hasSize(1);
    assertThat(lines(story, quoted(PAID_ONCE))).hasSize(2);
  }

  @Test
  void crash_and_resume_pays_each_killed_payment_once() {
    List<String> story = run(CrashAndResume::main);
    assertThat(lines(story, "-- killed: ")).hasSize(5);
    assertThat(lines(story, "-- started again --")).hasSize(5);
    for (String payee : List.of("Alice", "Bob", "Carol", "Dave", "Erin")) {
      assertThat(lines(story, "payment-" + payee + " .* " + quoted(PAID_ONCE))).hasSize(1);
    }
  }

  @Test
  void stuck_nonce_is_replaced_and_what_waits_behind_it_follows() {
    List<String> story = run(StuckNonce::main);
    assertThat(lines(story, "stuck-1 .*is replaced: transaction 2 of its nonce")).hasSize(1);
    assertThat(lines(story, "stuck-2 .*speedUp: STARTED")).hasSize(1);
    assertThat(lines(story, "stuck-2 .*is replaced: transaction 2 of its nonce")).hasSize(1);
    assertThat(lines(story, "stuck-\\d .*2 transaction\\(s\\) signed, fee 0\\.00\\d+ ETH"))
        .hasSize(2);
    assertThat(lines(story, "behind-\\d .*1 transaction\\(s\\) signed")).hasSize(2);
    assertThat(lines(story, quoted(PAID_ONCE))).hasSize(4);
  }

  @Test
  void provider_outage_binds_nothing_and_ends_nothing_until_they_are_back() {
    List<String> story = run(ProviderOutage::main);
    assertThat(lines(story, "before-outage .*INCLUDED, though its block is final by now"))
        .hasSize(1);
    assertThat(lines(story, "during-outage .*HELD, no nonce taken")).hasSize(1);
    List<String> outage =
        story.subList(at(story, "-- beta hangs"), at(story, "-- beta and gamma are back --"));
    assertThat(lines(outage, " (BOUND|PAID_FINAL) ")).isEmpty();
    assertThat(lines(story, quoted(PAID_ONCE))).hasSize(3);
  }

  @Test
  void csv_payout_reports_every_row_and_pays_nothing_twice() {
    List<String> story = run(CsvPayout::main);
    assertThat(lines(story, "row/bob .*CANCELLING .*VALUE_CAP")).hasSize(1);
    int again = at(story, "-- the same file again");
    for (List<String> report :
        List.of(story.subList(0, again), story.subList(again, story.size()))) {
      assertThat(lines(report, " PAID .*the chain has paid it 1 time\\(s\\)")).hasSize(3);
      assertThat(lines(report, " NOT_PAID .*the chain has paid it 0 time\\(s\\)")).hasSize(1);
      assertThat(lines(report, "batch jan, 4 rows: 3 PAID, 1 NOT_PAID, 0 HELD, .* 0 NOT_SUBMITTED"))
          .hasSize(1);
    }
    assertThat(lines(story.subList(again, story.size()), " (ACCEPTED|BOUND|sent)")).isEmpty();
  }

  @Test
  void reconcile_day_finds_what_one_source_lost_and_what_nobody_booked() {
    List<String> story = run(ReconcileDay::main);
    assertThat(lines(story, "w-1 .*0\\.5 ETH: told by own-index and explorer, CONFIRMED"))
        .hasSize(1);
    assertThat(lines(story, "w-2 .*25 USDX: told by own-index, not by explorer, CONFIRMED"))
        .hasSize(1);
    assertThat(lines(story, "UNBOOKED .*nonce 2: told by own-index and explorer, CONFIRMED"))
        .hasSize(1);
    assertThat(lines(story, "UNBOOKED")).hasSize(1);
  }

  private static List<String> run(Consumer<String[]> example) {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      example.accept(new String[0]);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static List<String> lines(List<String> story, String regex) {
    return story.stream().filter(Pattern.compile(regex).asPredicate()).toList();
  }

  private static int at(List<String> story, String text) {
    for (int i = 0; i < story.size(); i++) {
      if (story.get(i).contains(text)) {
        return i;
      }
    }
    throw new AssertionError("'" + text + "' is not in " + String.join("\n", story));
  }

  private static String quoted(String text) {
    return Pattern.quote(text);
  }
}
