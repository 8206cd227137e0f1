package io.payonce.examples.scenario;

import io.payonce.GroupSubmission;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Blows once: at one point of the write-ahead protocol, for one kind of transaction, the process
 * dies before or after the work, or the work is done and its answer lost.
 */
final class Fuse {
  /** The points of the protocol. P9 is P3 to P7 of a later kind of transaction. */
  enum Point {
    P1_ACCEPT,
    P2_CHECK,
    P2_RESERVE,
    P3_INTEND,
    P4_SIGN,
    P5_STORE_BYTES,
    P6_SEND,
    P7_STORE_ANSWERS,
    P8_OBSERVE,
    P10_END
  }

  /** What happens there. */
  enum Moment {
    KILLED_BEFORE,
    ANSWER_LOST,
    KILLED_AFTER
  }

  /** Thrown by what the dead process reaches for; no task or timer of it runs on. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  private final Stage stage;
  private final AttemptKind kind;
  private final Point point;
  private final Moment moment;
  private boolean blown;

  Fuse(Stage stage, AttemptKind kind, Point point, Moment moment) {
    this.stage = stage;
    this.kind = kind;
    this.point = point;
    this.moment = moment;
    stage.store = this::store;
    stage.signer = this::signer;
    stage.rpc = this::rpc;
  }

  boolean isBlown() {
    return blown;
  }

  private boolean blows(Point here, AttemptKind what) {
    if (blown || here != point || what != kind) {
      return false;
    }
    blown = true;
    return true;
  }

  private <T> CompletableFuture<T> never() {
    stage.host().process().kill();
    return new CompletableFuture<>();
  }

  private Killed kill() {
    stage.host().process().kill();
    return new Killed();
  }

  // ---- the journal

  private TransferStore store(TransferStore medium) {
    return (TransferStore)
        Proxy.newProxyInstance(
            TransferStore.class.getClassLoader(),
            new Class<?>[] {TransferStore.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "acceptAll" -> accept(medium, arguments);
                  case "acceptGroup" ->
                      write(
                          blows(Point.P1_ACCEPT, AttemptKind.PAYMENT),
                          () ->
                              medium.acceptGroup(
                                  (GroupSubmission) arguments[0], (Instant) arguments[1]));
                  case "commit" -> commit(medium, arguments);
                  default -> {
                    try {
                      yield method.invoke(medium, arguments);
                    } catch (InvocationTargetException thrown) {
                      throw thrown.getTargetException();
                    }
                  }
                });
  }

  @SuppressWarnings("unchecked")
  private List<AcceptResult> accept(TransferStore medium, Object[] with) {
    return write(
        blows(Point.P1_ACCEPT, AttemptKind.PAYMENT),
        () -> medium.acceptAll((List<Intake>) with[0], (Instant) with[1]));
  }

  @SuppressWarnings("unchecked")
  private CommitResult commit(TransferStore medium, Object[] with) {
    List<JournalChange> changes = (List<JournalChange>) with[2];
    boolean blows = changes.stream().anyMatch(this::blowsAt);
    return write(
        blows, () -> medium.commit((LaneId) with[0], (Long) with[1], changes, (Instant) with[3]));
  }

  private <T> T write(boolean blows, Supplier<T> work) {
    if (!blows) {
      return work.get();
    }
    if (moment == Moment.KILLED_BEFORE) {
      throw kill();
    }
    T unused = work.get();
    if (moment == Moment.KILLED_AFTER) {
      throw kill();
    }
    throw new StoreUnavailableException(Outcome.UNKNOWN, "connection lost after the commit");
  }

  private boolean blowsAt(JournalChange change) {
    if (change instanceof JournalChange.SlotReserved) {
      return blows(Point.P2_RESERVE, AttemptKind.HOST);
    } else if (change instanceof JournalChange.AttemptAdded added) {
      return blows(Point.P3_INTEND, added.kind());
    } else if (change instanceof JournalChange.AttemptSigned signed) {
      return blows(
          Point.P5_STORE_BYTES, kindOf(signed.attempt().slot(), signed.attempt().sequence()));
    } else if (change instanceof JournalChange.AttemptSent sent) {
      return blows(
          Point.P7_STORE_ANSWERS, kindOf(sent.attempt().slot(), sent.attempt().sequence()));
    } else if (change instanceof JournalChange.SlotMoved moved && !moved.to().isOpen()) {
      Point here = moved.to() == SlotState.CONSUMED ? Point.P8_OBSERVE : Point.P10_END;
      return blows(here, newest(moved.slot()));
    }
    return false;
  }

  private AttemptKind kindOf(SlotId slot, int sequence) {
    return stored(slot).attempts().get(sequence - 1).kind();
  }

  private AttemptKind newest(SlotId slot) {
    List<StoredAttempt> attempts = stored(slot).attempts();
    return attempts.get(attempts.size() - 1).kind();
  }

  private StoredSlot stored(SlotId slot) {
    return stage.journal.slot(slot).orElseThrow();
  }

  // ---- the signer

  private Signer signer(Signer key) {
    return SignerScenarioTest.answering(
        key,
        request -> {
          if (!blows(Point.P4_SIGN, request.kind())) {
            return key.sign(request);
          }
          if (moment == Moment.KILLED_BEFORE) {
            return never();
          }
          return key.sign(request)
              .thenCompose(
                  made ->
                      moment == Moment.KILLED_AFTER
                          ? never()
                          : CompletableFuture.completedFuture(
                              new SigningOutcome.Unavailable(
                                  SigningCode.DEVICE_UNAVAILABLE, "answer lost", true)));
        });
  }

  // ---- the providers

  private RpcClient rpc(RpcClient pool) {
    return (RpcClient)
        Proxy.newProxyInstance(
            RpcClient.class.getClassLoader(),
            new Class<?>[] {RpcClient.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "broadcastAll" -> send(pool, arguments);
                  case "criticalRead" ->
                      read(pool, (Fact<?>) arguments[0], (CallOptions) arguments[1]);
                  default -> {
                    try {
                      yield method.invoke(pool, arguments);
                    } catch (InvocationTargetException thrown) {
                      throw thrown.getTargetException();
                    }
                  }
                });
  }

  private <T> CompletableFuture<QuorumResult<T>> read(
      RpcClient pool, Fact<T> fact, CallOptions options) {
    boolean check = fact instanceof Fact.GasEstimate || fact instanceof Fact.GasEstimates;
    if (!check || !blows(Point.P2_CHECK, AttemptKind.PAYMENT)) {
      return pool.criticalRead(fact, options);
    }
    if (moment == Moment.KILLED_BEFORE) {
      return never();
    }
    return pool.criticalRead(fact, options)
        .thenCompose(
            result ->
                moment == Moment.KILLED_AFTER
                    ? never()
                    : CompletableFuture.completedFuture(
                        new QuorumResult.Unavailable<>(2, 3, false, "answer lost")));
  }

  @SuppressWarnings("unchecked")
  private CompletableFuture<List<BroadcastEvidence>> send(RpcClient pool, Object[] with) {
    List<SignedTransaction> bytes = (List<SignedTransaction>) with[0];
    BroadcastOptions options = (BroadcastOptions) with[1];
    boolean blows = bytes.stream().anyMatch(tx -> blows(Point.P6_SEND, kindOf(tx)));
    if (!blows) {
      return pool.broadcastAll(bytes, options);
    }
    if (moment == Moment.KILLED_BEFORE) {
      return never();
    }
    CompletableFuture<List<BroadcastEvidence>> sending = pool.broadcastAll(bytes, options);
    if (moment == Moment.ANSWER_LOST) { // the bytes are on their way, and nobody waits for them
      stage.time.after(Duration.ofMillis(3), () -> stage.host().process().kill());
      return new CompletableFuture<>();
    }
    return sending.thenCompose(evidence -> never());
  }

  private AttemptKind kindOf(SignedTransaction tx) {
    SlotId slot = new SlotId(stage.lane, tx.transaction().nonce());
    return stored(slot).attempts().stream()
        .filter(attempt -> attempt.signed().filter(tx::equals).isPresent())
        .findFirst()
        .orElseThrow()
        .kind();
  }
}
