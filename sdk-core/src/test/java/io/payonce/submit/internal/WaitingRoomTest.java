package io.payonce.submit.internal;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.IdempotencyKey;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.fee.FeeOracle;
import io.payonce.fee.FeePolicy;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcClient;
import io.payonce.store.Agenda;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.Acceptance;
import io.payonce.store.internal.LaneView;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.internal.LaneEvent.WaitingPage;
import io.payonce.testing.JournalScript;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What waits for a nonce, while pages of it are on their way from the journal. */
final class WaitingRoomTest {
  private static final Agenda NOTHING_DUE = new Agenda(List.of(), Optional.empty());
  private final LaneMemory memory = memory();
  private final WaitingRoom room = memory.waiting;

  private static LaneMemory memory() {
    ChainProfile profile = ChainProfiles.builtIn().require(CHAIN);
    LaneContext context =
        new LaneContext(
            LANE,
            profile,
            FeeOracle.of(profile, nobody()),
            FeePolicy.of(Wei.of(1), Wei.of(1)),
            SubmissionSettings.forBlockTime(Duration.ofSeconds(2)),
            Set.of(),
            new Proofs(Map.of()),
            Route.PUBLIC,
            Optional.empty());
    LaneView view = new LaneView(StoredLane.registered(LANE, 5), List.of(), List.of(), List.of());
    return new LaneMemory(context, view, new Moment(AT, 0));
  }

  /** No node is asked here. */
  private static RpcClient nobody() {
    return (RpcClient)
        Proxy.newProxyInstance(
            RpcClient.class.getClassLoader(),
            new Class<?>[] {RpcClient.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("chainId")) {
                return CHAIN;
              }
              throw new AssertionError("asked " + method);
            });
  }

  private static StoredTransfer transfer(long id, SubmitOptions options) {
    Submission asked =
        new Submission(IdempotencyKey.of("key-" + id), JournalScript.payment(id), options);
    return Acceptance.accepted(new TransferId(id), JournalScript.intake(asked), AT);
  }

  @Test
  void a_payment_for_later_is_not_forgotten_when_it_arrives_while_a_page_is_read() {
    room.lookAgain();
    LaneCommand.Fetch asked = room.fetch().orElseThrow();
    room.arrived(transfer(1, SubmitOptions.defaults().withNotBefore(AT.plusSeconds(30))));
    room.fetched(new WaitingPage(asked.priority(), List.of(), false), NOTHING_DUE);
    assertThat(room.wakes()).hasSize(1).allMatch(in -> in <= Duration.ofSeconds(31).toNanos());
    for (Optional<LaneCommand.Fetch> next = room.fetch(); next.isPresent(); next = room.fetch()) {
      room.fetched(new WaitingPage(next.get().priority(), List.of(), false), NOTHING_DUE);
    }
    assertThat(room.isComplete()).isTrue();
    memory.now = new Moment(AT.plusSeconds(31), Duration.ofSeconds(31).toNanos());
    assertThat(room.fetch()).isPresent();
  }

  @Test
  void the_journal_is_read_once_more_when_something_may_have_arrived_while_a_page_was_read() {
    room.lookAgain();
    LaneCommand.Fetch asked = room.fetch().orElseThrow();
    room.lookAgain();
    room.fetched(new WaitingPage(asked.priority(), List.of(), false), NOTHING_DUE);
    assertThat(room.isComplete()).isFalse();
    assertThat(room.fetch()).contains(asked);
  }
}
