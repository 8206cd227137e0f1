package io.payonce.submit;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.nonce.LaneAudit;
import io.payonce.nonce.LaneFunds;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.nonce.Reservation;
import io.payonce.nonce.ReservationStatus;
import io.payonce.rpc.RpcClient;
import io.payonce.store.StoredLane;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.ChainFollower;
import io.payonce.submit.internal.Decision;
import io.payonce.submit.internal.LaneAuditor;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The lanes of one submitter, for operators. */
final class Lanes implements NonceManager {
  private final TransferStore store;
  private final LaneBalance balance;
  private final Map<LaneId, LaneRunner> lanes;
  private final Map<ChainId, RpcClient> clients;
  private final Map<ChainId, ChainFollower> followers;
  private final HostNonces hosts;

  Lanes(
      TransferStore store,
      Map<LaneId, LaneRunner> lanes,
      Map<ChainId, RpcClient> clients,
      Map<ChainId, ChainFollower> followers,
      LaneBalance balance) {
    this.balance = balance;
    this.store = store;
    this.lanes = lanes;
    this.clients = clients;
    this.followers = followers;
    this.hosts = new HostNonces(store, this::runner);
  }

  @Override
  public List<LaneStatus> lanes() {
    return lanes.values().stream()
        .sorted(Comparator.comparing(lane -> lane.id().toString()))
        .map(this::status)
        .toList();
  }

  @Override
  public LaneStatus lane(LaneId lane) {
    return status(runner(lane));
  }

  @Override
  public Optional<LaneFunds> funds(LaneId lane) {
    return runner(lane).funds();
  }

  @Override
  public CompletableFuture<LaneStatus> pause(
      LaneId lane, PauseMode mode, Actor actor, String reason) {
    StoredLane.LaneState to = paused(mode);
    Decision decision = Decision.by(actor, reason);
    LaneRunner runner = runner(lane);
    return balance
        .bring(lane)
        .thenCompose(
            here -> {
              CompletableFuture<StoredLane> reply = new CompletableFuture<>();
              runner.tell(new LaneEvent.PauseAsked(to, decision, reply));
              return reply.thenApply(this::status);
            });
  }

  @Override
  public CompletableFuture<Reservation> reserve(
      LaneId lane, String name, Duration life, Actor actor, String reason) {
    return hosts.reserve(lane, name, life, actor, reason);
  }

  @Override
  public Optional<Reservation> reservation(LaneId lane, String name) {
    return hosts.find(lane, name);
  }

  @Override
  public Optional<Reservation> reservation(SlotId slot) {
    return hosts.find(slot);
  }

  @Override
  public List<ReservationStatus> reservations(LaneId lane) {
    return hosts.open(runner(lane).id());
  }

  @Override
  public CompletableFuture<LaneAudit> auditAgainstChain(LaneId lane) {
    return auditor(lane).audit(loaded(lane)).thenApply(audited -> audited.audit());
  }

  @Override
  public CompletableFuture<LaneStatus> fill(LaneId lane, long nonce, Actor actor, String reason) {
    Decision decision = Decision.by(actor, reason);
    LaneRunner runner = runner(lane);
    var unused = new SlotId(lane, nonce); // checks it
    return balance
        .bring(lane)
        .thenCompose(
            here -> {
              CompletableFuture<StoredLane> reply = new CompletableFuture<>();
              runner.tell(new LaneEvent.FillAsked(nonce, decision, reply));
              return reply.thenApply(this::status);
            });
  }

  private static StoredLane.LaneState paused(PauseMode mode) {
    return switch (mode) {
      case BINDING -> StoredLane.LaneState.PAUSED;
      case SIGNING -> StoredLane.LaneState.SIGNING_PAUSED;
      case ALL -> StoredLane.LaneState.ALL_PAUSED;
    };
  }

  @Override
  public CompletableFuture<LaneStatus> resume(LaneId lane, Actor actor, String reason) {
    return resume(lane, StoredLane.LaneState.ACTIVE, Decision.by(actor, reason));
  }

  @Override
  public CompletableFuture<LaneStatus> resumePaused(
      LaneId lane, PauseMode mode, Actor actor, String reason) {
    return resume(lane, paused(mode), Decision.by(actor, reason));
  }

  private CompletableFuture<LaneStatus> resume(
      LaneId lane, StoredLane.LaneState to, Decision decision) {
    LaneAuditor auditor = auditor(lane);
    return balance
        .bring(lane)
        .thenCompose(here -> auditor.audit(loaded(lane)))
        .thenCompose(
            audited -> {
              CompletableFuture<StoredLane> reply = new CompletableFuture<>();
              runner(lane)
                  .tell(
                      new LaneEvent.ResumeAsked(
                          to, decision, audited.found(), audited.audit().pendingClaim(), reply));
              return reply.thenApply(this::status);
            });
  }

  private LaneAuditor auditor(LaneId lane) {
    runner(lane);
    return new LaneAuditor(
        Objects.requireNonNull(clients.get(lane.chain())),
        Objects.requireNonNull(followers.get(lane.chain())));
  }

  private StoredLane loaded(LaneId lane) {
    return stored(runner(lane))
        .orElseThrow(() -> new IllegalStateException("lane " + lane + " is not loaded yet"));
  }

  private LaneRunner runner(LaneId lane) {
    LaneRunner runner = lanes.get(lane);
    if (runner == null) {
      throw new IllegalArgumentException(lane + " is no lane of this submitter");
    }
    return runner;
  }

  /** As last committed here, or as another instance left it in the journal. */
  private Optional<StoredLane> stored(LaneRunner runner) {
    return runner.lane().or(() -> store.lane(runner.id()));
  }

  private LaneStatus status(LaneRunner runner) {
    return stored(runner)
        .map(this::status)
        .orElseGet(
            () ->
                new LaneStatus(
                    runner.id(),
                    LaneStatus.State.REGISTERING,
                    0,
                    0,
                    "not loaded",
                    Optional.empty()));
  }

  private LaneStatus status(StoredLane lane) {
    return status(lane, hosts.blocking(lane.id()));
  }

  static LaneStatus status(StoredLane lane, Optional<ReservationStatus> blockedBy) {
    LaneStatus.State state =
        switch (lane.state()) {
          case ACTIVE -> LaneStatus.State.ACTIVE;
          case PAUSED -> LaneStatus.State.PAUSED;
          case SIGNING_PAUSED -> LaneStatus.State.SIGNING_PAUSED;
          case ALL_PAUSED -> LaneStatus.State.ALL_PAUSED;
          case FROZEN -> LaneStatus.State.FROZEN;
        };
    return new LaneStatus(
        lane.id(), state, lane.nextNonce(), lane.finalNonce(), lane.incident(), blockedBy);
  }
}
