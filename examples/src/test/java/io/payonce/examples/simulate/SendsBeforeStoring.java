package io.payonce.examples.simulate;

import io.payonce.AttemptId;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.SigningOutcome;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Signed bytes leave before the commit that stores them: a crash in between forgets a transaction
 * that pays. Signing and sending in one call (web3j, viem, ethers) does this for first sends; the
 * OpenZeppelin relayer does it for replacements, whose hash it stores after the send.
 */
final class SendsBeforeStoring implements Seams {
  private final Predicate<AttemptId> which;
  private @Nullable RpcClient nodes;

  private SendsBeforeStoring(Predicate<AttemptId> which) {
    this.which = which;
  }

  static SendsBeforeStoring firstSends() {
    return new SendsBeforeStoring(attempt -> attempt.sequence() == 1);
  }

  static SendsBeforeStoring replacements() {
    return new SendsBeforeStoring(attempt -> attempt.sequence() > 1);
  }

  @Override
  public RpcClient rpc(RpcClient client) {
    nodes = client;
    return client;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    RpcClient to = Objects.requireNonNull(nodes);
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.SignAnswered answer
            && answer.outcome() instanceof SigningOutcome.Signed signed
            && which.test(answer.attempt())) {
          var unused = to.broadcast(signed.transaction(), BroadcastOptions.DEFAULT);
        }
        return event;
      }
    };
  }
}
