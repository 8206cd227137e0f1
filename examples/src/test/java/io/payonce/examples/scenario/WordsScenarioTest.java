package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.examples.node.TestPostgres;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.testing.TokenKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Words of others with a character that PostgreSQL does not hold: they stop no wallet. */
final class WordsScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");

  @TempDir Path folder;
  private final Stage stage = new Stage(Ground.SIMULATED);

  enum Journal {
    SQLITE,
    POSTGRESQL
  }

  @AfterEach
  void close() {
    stage.journal.close();
  }

  private void startOn(Journal kind) {
    stage.journal =
        kind == Journal.POSTGRESQL
            ? TestPostgres.emptied().open()
            : JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
    stage.wire = (provider, wire) -> new NulInErrors(wire);
    stage.start();
  }

  @ParameterizedTest
  @EnumSource(Journal.class)
  void a_revert_reason_with_such_a_character_holds_its_own_payment_alone(Journal kind) {
    startOn(kind);
    stage.world.setPaused(true);
    var reverting = stage.submit("reverting", stage.units(TokenKind.PLAIN, 5));
    assertThat(stage.submit("other", stage.coins("0.5"))).isNotEqualTo(reverting);
    stage.untilState("reverting", TransferState.HELD);
    assertThat(stage.status("reverting").reason()).contains("\uFFFD");
    assertThat(stage.end("other").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.world.setPaused(false);
    assertThat(stage.end("reverting").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.troubles).noneMatch(trouble -> trouble.contains("journal"));
    stage.verify();
  }

  @ParameterizedTest
  @EnumSource(Journal.class)
  void a_reason_with_such_a_character_cancels_all_the_same(Journal kind) {
    startOn(kind);
    stage.world.stopMining();
    stage.inFlight("p");
    assertThat(stage.await(stage.payonce().cancel(Stage.key("p"), OPERATOR, "typo\0")))
        .isInstanceOf(CancelResult.Racing.class);
    assertThat(stage.status("p").reason()).isEqualTo("typo\uFFFD");
    stage.world.goOnMining();
    assertThat(stage.end("p").state())
        .isIn(TransferState.CANCELLED_FINAL, TransferState.PAID_FINAL);
    stage.verify();
  }

  @ParameterizedTest
  @EnumSource(Journal.class)
  void a_reservation_for_a_reason_with_such_a_character_is_made_all_the_same(Journal kind) {
    startOn(kind);
    stage.blocks(1);
    var nonces = stage.payonce().nonces();
    var held = stage.await(nonces.reserve(stage.lane, "mine", OPERATOR, "approval\0"));
    assertThat(held.status().reason()).isEqualTo("approval\uFFFD");
    stage.await(held.release());
    assertThat(stage.submit("next", stage.coins("0.5"))).isNotNull();
    assertThat(stage.end("next").state()).isEqualTo(TransferState.PAID_FINAL); // took the nonce
    stage.verify();
  }

  @Test
  void every_question_that_takes_a_reason_has_one_rule_for_it_and_asks_nothing_otherwise() {
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    IdempotentSubmitter payonce = stage.payonce();
    NonceManager nonces = payonce.nonces();
    List<Function<String, CompletableFuture<?>>> questions =
        List.of(
            why -> payonce.cancel(Stage.key("p"), OPERATOR, why),
            why -> payonce.cancel(Stage.key("unknown"), OPERATOR, why),
            why -> payonce.giveUp(Stage.key("p"), OPERATOR, why),
            why -> nonces.pause(stage.lane, OPERATOR, why),
            why -> nonces.pause(stage.lane, PauseMode.ALL, OPERATOR, why),
            why -> nonces.resume(stage.lane, OPERATOR, why),
            why -> nonces.resumePaused(stage.lane, PauseMode.ALL, OPERATOR, why),
            why -> nonces.fill(stage.lane, 0, OPERATOR, why),
            why -> nonces.reserve(stage.lane, "mine", OPERATOR, why));
    for (String why : List.of("", " \n\t", "x".repeat(1001))) {
      for (Function<String, CompletableFuture<?>> question : questions) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> question.apply(why))
            .withMessageStartingWith("reason '")
            .withMessageContaining("' has " + why.length() + " characters, must have 1 to 1000");
      }
    }
    assertThat(nonces.lane(stage.lane).state()).isEqualTo(LaneStatus.State.ACTIVE);
    assertThat(nonces.reservations(stage.lane)).isEmpty();
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    String longest = "x".repeat(1000);
    assertThat(stage.await(payonce.cancel(Stage.key("p"), OPERATOR, longest)))
        .isInstanceOf(CancelResult.Racing.class);
    assertThat(stage.status("p").reason()).isEqualTo(longest);
    stage.world.goOnMining();
    stage.end("p");
    stage.verify();
  }

  @Test
  void nobody_has_such_a_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Actor("ann\0"))
        .withMessageContaining("U+0000");
  }

  /** Each error of a node begins with the character. */
  private record NulInErrors(RpcTransport wire) implements RpcTransport {
    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
      return wire.send(body, timeout).thenApply(NulInErrors::changed);
    }

    private static TransportReply changed(TransportReply reply) {
      if (!(reply instanceof TransportReply.Answered answered)) {
        return reply;
      }
      String text = new String(answered.body(), StandardCharsets.UTF_8);
      byte[] changed =
          text.replaceAll("(\"message\" ?: ?\")", "$1\\\\u0000").getBytes(StandardCharsets.UTF_8);
      return new TransportReply.Answered(answered.status(), answered.headers(), changed);
    }

    @Override
    public void close() {
      wire.close();
    }
  }
}
