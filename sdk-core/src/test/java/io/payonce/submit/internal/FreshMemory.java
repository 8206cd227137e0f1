package io.payonce.submit.internal;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;

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
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.Acceptance;
import io.payonce.store.internal.LaneView;
import io.payonce.submit.SubmissionSettings;
import io.payonce.testing.JournalScript;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The memory of a lane that has given out five nonces and has nothing to do. */
final class FreshMemory {
  private FreshMemory() {}

  static LaneMemory make() {
    LaneView view = new LaneView(StoredLane.registered(LANE, 5), List.of(), List.of(), List.of());
    return new LaneMemory(context(), view, new Moment(AT, 0));
  }

  static LaneContext context() {
    ChainProfile profile = ChainProfiles.builtIn().require(CHAIN);
    return new LaneContext(
        LANE,
        profile,
        FeeOracle.of(profile, nobody()),
        FeePolicy.of(Wei.of(1), Wei.of(1)),
        SubmissionSettings.forBlockTime(Duration.ofSeconds(2)),
        Set.of(),
        new Proofs(Map.of()),
        Route.PUBLIC,
        Optional.empty());
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

  /** A payment of as many units as its number, as the journal has it when it was accepted. */
  static StoredTransfer transfer(long id, SubmitOptions options) {
    Submission asked =
        new Submission(IdempotencyKey.of("key-" + id), JournalScript.payment(id), options);
    return Acceptance.accepted(new TransferId(id), JournalScript.intake(asked), AT);
  }
}
