package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.testing.MissingPartException;
import io.payonce.testing.RequiredPart;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** That the judge sees what it must: a payer known to be wrong is found wrong. */
final class FaultedRunTest {
  private static final Payer WEB3J = new Web3jPayer(Web3jPayer.Kind.FAST_RAW);

  @Test
  void without_faults_everybody_is_paid_once() throws Exception {
    FaultedRun.Judgement judgement = run(new FaultedRun.Setting(0, 0, 1, 10, 250, 1));
    assertThat(judgement.clean()).as("%s", judgement).isTrue();
    assertThat(judgement.belief()).isEqualTo(new Payer.Belief(10, 0));
  }

  @Test
  void a_lost_reply_makes_an_ordinary_host_pay_twice() throws Exception {
    FaultedRun.Judgement judgement = run(new FaultedRun.Setting(50, 0, 1, 10, 250, 2));
    assertThat(judgement.repliesLost()).isPositive();
    assertThat(judgement.extra()).as("%s", judgement).isPositive();
    assertThat(judgement.clean()).isFalse();
  }

  @Test
  void a_lost_request_strands_what_an_ordinary_host_sends_after_it() throws Exception {
    // More than half, as web3j's transport silently sends once more on a connection used before.
    FaultedRun.Judgement judgement = run(new FaultedRun.Setting(0, 70, 1, 10, 250, 3));
    assertThat(judgement.requestsLost()).isPositive();
    assertThat(judgement.neverPaid()).as("%s", judgement).isPositive();
    assertThat(judgement.behindGap()).isPositive();
  }

  @Test
  void what_makes_ordinary_hosts_pay_twice_or_never_does_nothing_to_this_sdk() throws Exception {
    FaultedRun.Judgement judgement =
        run(new PayoncePayer(), new FaultedRun.Setting(30, 30, 8, 10, 250, 5));
    assertThat(judgement.repliesLost() + judgement.requestsLost()).isPositive();
    assertThat(judgement.clean()).as("%s", judgement).isTrue();
    assertThat(judgement.belief()).isEqualTo(new Payer.Belief(10, 0));
  }

  @Test
  void the_same_host_pays_nobody_twice_when_only_its_service_is_the_pool() throws Exception {
    FaultedRun.Judgement judgement =
        run(
            new Web3jPayer(Web3jPayer.Kind.RAW_ON_POOL),
            new FaultedRun.Setting(30, 30, 1, 15, 250, 6));
    assertThat(judgement.repliesLost() + judgement.requestsLost()).isPositive();
    assertThat(judgement.clean()).as("%s", judgement).isTrue();
  }

  @Test
  void one_seed_draws_the_same_faults() throws Exception {
    FaultedRun.Setting setting = new FaultedRun.Setting(30, 30, 1, 10, 250, 4);
    FaultedRun.Judgement first = run(setting);
    FaultedRun.Judgement second = run(setting);
    assertThat(second.repliesLost()).isEqualTo(first.repliesLost());
    assertThat(second.requestsLost()).isEqualTo(first.requestsLost());
    assertThat(second.extra()).isEqualTo(first.extra());
    assertThat(second.neverPaid()).isEqualTo(first.neverPaid());
  }

  private static FaultedRun.Judgement run(FaultedRun.Setting setting) throws Exception {
    return run(WEB3J, setting);
  }

  private static FaultedRun.Judgement run(Payer payer, FaultedRun.Setting setting)
      throws Exception {
    Callable<FaultedRun.Judgement> run = () -> FaultedRun.run(payer, setting);
    try {
      return run.call();
    } catch (MissingPartException missing) {
      return RequiredPart.orSkip(
          () -> {
            throw missing;
          });
    }
  }
}
