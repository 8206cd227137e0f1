package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.SignedTransaction;
import io.payonce.failure.SendAction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Operator;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.AttemptKind;
import io.payonce.store.TransferState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What nodes say when they refuse, and what may follow from it. */
final class RefusalScenarioTest {
  /** What operators answer to payments instead of taking them; empty while they do. */
  private final List<Answer> answers = new ArrayList<>();

  /** How many payments were in each broadcast that was refused. */
  private final List<Integer> batches = new ArrayList<>();

  @Test
  void a_payload_that_every_operator_refuses_at_two_heads_is_cancelled_at_its_nonce() {
    Stage stage = stage();
    refuse(SendAction.HOLD_PAYLOAD, "exceeds block gas limit", "alpha", "beta", "gamma");
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.CANCELLING);
    assertThat(stage.status("p").reason()).contains("HOLD_PAYLOAD", "exceeds block gas limit");
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.CANCELLED_FINAL);
    assertThat(stage.slot(0).attempts()).extracting(a -> a.kind()).contains(AttemptKind.CANCEL);
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("HOLD_PAYLOAD"));
    assertThat(stage.paid("p")).isZero();
    stage.verify();
  }

  @Test
  void a_payload_that_one_operator_does_not_refuse_so_is_never_cancelled() {
    List<List<Answer>> nearMisses =
        List.of(
            List.of(hold("alpha"), hold("beta"), answer("gamma", Verdict.NOT_SENT, null)),
            List.of(hold("alpha"), hold("beta"), answer("gamma", Verdict.AMBIGUOUS, null)),
            List.of(
                hold("alpha"),
                hold("beta"),
                answer("gamma", Verdict.REJECTED, SendAction.CHECK_CHAIN)),
            List.of(hold("alpha"), answer("beta", Verdict.REJECTED, null), hold("gamma")));
    for (List<Answer> nearMiss : nearMisses) {
      Stage stage = stage();
      answers.clear();
      answers.addAll(nearMiss);
      var unused = stage.submit("p", stage.coins("0.5"));
      stage.untilState("p", TransferState.IN_FLIGHT);
      stage.blocks(40);
      assertThat(stage.state("p")).as("%s", nearMiss).isEqualTo(TransferState.IN_FLIGHT);
      assertThat(stage.slot(0).attempts()).allMatch(attempt -> attempt.kind().pays());
      answers.clear();
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      stage.verify();
    }
  }

  @Test
  void bytes_that_anybody_took_once_are_not_cancelled_by_refusals() {
    Stage stage = stage();
    stage.world.stopMining();
    stage.inFlight("p");
    stage.world.wipePools();
    refuse(SendAction.HOLD_PAYLOAD, "exceeds block gas limit", "alpha", "beta", "gamma");
    stage.blocks(40);
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    answers.clear();
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void refusals_at_one_head_cancel_nothing() {
    Stage stage = stage();
    refuse(SendAction.HOLD_PAYLOAD, "exceeds block gas limit", "alpha", "beta", "gamma");
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilState("p", TransferState.IN_FLIGHT);
    stage.time.runFor(World.BLOCK);
    answers.clear();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.statesOf("p")).doesNotContain(TransferState.CANCELLING);
    stage.verify();
  }

  @Test
  void a_configuration_that_every_operator_refuses_is_told_once_and_the_nonce_stays() {
    Stage stage = stage();
    refuse(SendAction.HOLD_CONFIG, "tx fee exceeds the configured cap", "alpha", "beta", "gamma");
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.until(() -> told(stage, "HOLD_CONFIG") == 1);
    stage.blocks(40);
    assertThat(told(stage, "HOLD_CONFIG: every operator refuses")).isOne();
    assertThat(stage.state("p")).isEqualTo(TransferState.IN_FLIGHT);
    assertThat(stage.status("p").nonce()).hasValue(0);
    answers.clear();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void words_that_no_rule_knows_are_told_once_as_they_are() {
    Stage stage = stage();
    answers.add(answer("alpha", Verdict.AMBIGUOUS, SendAction.UNKNOWN, "flux capacitor empty"));
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.until(() -> told(stage, "flux capacitor empty") == 1);
    stage.blocks(40);
    assertThat(told(stage, "UNKNOWN: alpha said -32000 flux capacitor empty")).isOne();
    answers.clear();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void too_little_money_is_told_with_what_a_quorum_has_and_the_bytes_stay() {
    Stage stage = stage();
    refuse(SendAction.HOLD_FUNDS, "insufficient funds", "alpha", "beta", "gamma");
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.until(() -> told(stage, "HOLD_FUNDS") == 1);
    assertThat(told(stage, "a quorum has " + Stage.FUNDS.value())).isOne();
    stage.blocks(40);
    assertThat(stage.slot(0).attempts()).allMatch(attempt -> attempt.kind().pays());
    answers.clear();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void full_pools_make_the_window_small_and_it_comes_back() {
    Stage stage = stage();
    refuse(SendAction.WAIT_AND_RESEND, "txpool is full", "alpha", "beta", "gamma");
    for (int i = 0; i < 12; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    stage.blocks(60);
    batches.clear();
    stage.blocks(20);
    assertThat(batches).isNotEmpty().allMatch(size -> size <= 2);
    answers.clear();
    for (int i = 0; i < 12; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  private static long told(Stage stage, String words) {
    return stage.troubles.stream().filter(trouble -> trouble.contains(words)).count();
  }

  private Stage stage() {
    Stage stage = new Stage(Ground.SIMULATED);
    stage.rpc = this::refusing;
    stage.start();
    return stage;
  }

  private void refuse(SendAction action, String words, String... operators) {
    for (String operator : operators) {
      answers.add(answer(operator, Verdict.REJECTED, action, words));
    }
  }

  private static Answer hold(String operator) {
    return answer(operator, Verdict.REJECTED, SendAction.HOLD_PAYLOAD);
  }

  private static Answer answer(String operator, Verdict verdict, @Nullable SendAction action) {
    return answer(operator, verdict, action, "exceeds block gas limit");
  }

  private static Answer answer(
      String operator, Verdict verdict, @Nullable SendAction action, String words) {
    return new Answer(
        new Operator(operator), operator, verdict, -32000, words, Optional.ofNullable(action));
  }

  /** The true client, but for what operators say about bytes while they refuse. */
  private RpcClient refusing(RpcClient pool) {
    return (RpcClient)
        Proxy.newProxyInstance(
            RpcClient.class.getClassLoader(),
            new Class<?>[] {RpcClient.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("broadcastAll") && !answers.isEmpty()) {
                List<?> all = (List<?>) arguments[0];
                batches.add(all.size());
                boolean refused =
                    all.stream()
                        .anyMatch(tx -> !((SignedTransaction) tx).transaction().value().isZero());
                if (refused) {
                  return CompletableFuture.completedFuture(
                      all.stream()
                          .map(
                              tx ->
                                  new BroadcastEvidence(
                                      ((SignedTransaction) tx).hash(), List.copyOf(answers)))
                          .toList());
                }
              }
              try {
                return method.invoke(pool, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }
}
