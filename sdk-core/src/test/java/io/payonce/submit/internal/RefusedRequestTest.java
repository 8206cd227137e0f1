package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.SubmitOptions;
import io.payonce.TransactionHash;
import io.payonce.signing.AttemptKind;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredTransfer;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.testing.JournalScript;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What is read for a request may be old when the lane looks at it: a refused request leaves nothing
 * of it in the memory, whatever else waits to be committed.
 */
final class RefusedRequestTest {
  private static final Actor USER = new Actor("user");
  private static final Decision WHY = Decision.by(USER, "why");

  private final LaneMemory memory = FreshMemory.make();
  private final StoredTransfer transfer = FreshMemory.transfer(1, SubmitOptions.defaults());

  @Test
  void a_cancel_that_comes_too_early_leaves_no_transfer_behind() {
    CompletableFuture<CancelResult> reply = new CompletableFuture<>();
    requests().handle(new LaneEvent.CancelAsked(transfer, WHY, Asker.here(reply)));
    assertThat(reply.join()).isInstanceOf(CancelResult.NotNow.class);
    assertThat(memory.facts).isEmpty();
    assertThat(memory.view.transfers()).isEmpty();
  }

  @Test
  void so_does_one_that_another_instance_was_asked_for_and_whose_answer_is_stored() {
    Asker<CancelResult> elsewhere = new Asker<>(new CompletableFuture<>(), OptionalLong.of(7));
    requests().handle(new LaneEvent.CancelAsked(transfer, WHY, elsewhere));
    assertThat(memory.facts).hasOnlyElementsOfType(JournalChange.RequestAnswered.class);
    assertThat(memory.view.transfers()).isEmpty();
  }

  @Test
  void a_ruling_that_does_not_hold_leaves_no_transfer_behind_while_others_wait_for_a_commit() {
    memory.freeze("something else");
    CompletableFuture<ResolveResult> reply = new CompletableFuture<>();
    requests()
        .handle(
            new LaneEvent.ResolveAsked(
                transfer,
                Optional.empty(),
                false,
                List.of(),
                Optional.empty(),
                new Resolution.PaymentConfirmed(hash(), "looked"),
                USER,
                reply));
    assertThat(reply.join()).isInstanceOf(ResolveResult.NotYet.class);
    assertThat(memory.view.transfers()).isEmpty();
  }

  private static TransactionHash hash() {
    return JournalScript.signed(
            JournalScript.transaction(JournalScript.slot(5), 1, AttemptKind.PAYMENT))
        .hash();
  }

  private Requests requests() {
    return new Requests(memory, Runnable::run);
  }
}
