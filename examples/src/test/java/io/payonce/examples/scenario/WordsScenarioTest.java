package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.examples.node.TestPostgres;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.testing.TokenKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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
