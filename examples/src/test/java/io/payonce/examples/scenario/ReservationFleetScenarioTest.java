package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.payonce.Bytes;
import io.payonce.LaneId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.Reservation;
import io.payonce.nonce.ReservationRefusal;
import io.payonce.nonce.ReservationRefusedException;
import io.payonce.store.ConsumerClass;
import io.payonce.store.SlotState;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.Actor;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host asks one instance for nonces while another one works on the wallet. */
final class ReservationFleetScenarioTest {
  private static final Actor HOST = new Actor("treasury");

  @TempDir Path folder;

  private final Fleet fleet = new Fleet(1);
  private final LaneId wallet = fleet.wallets.get(0);
  private Fleet.Instance owner;
  private Fleet.Instance other;

  @BeforeEach
  void start() {
    fleet.journal =
        JdbcTransferStore.open(
            folder.resolve("journal.db"), JournalOptions.defaults().withClock(fleet.time.clock()));
    owner = fleet.start();
    fleet.until(() -> fleet.has(owner, 0));
    other = fleet.start();
    fleet.until(() -> owner.payonce().nonces().funds(wallet).isPresent());
  }

  @AfterEach
  void close() {
    fleet.journal.close();
  }

  @Test
  void every_step_reaches_the_owner_and_the_wallet_stays_where_it_is() {
    long epoch = fleet.lane(0).epoch();
    Reservation held = fleet.await(reserve(other, "call"));
    UnsignedTransaction tx = call(held);
    assertThat(fleet.await(held.intend(tx)).state()).isEqualTo(SlotState.INTENDED);
    assertThat(refusal(held.intend(call(held, 7))))
        .isEqualTo(ReservationRefusal.ANOTHER_TRANSACTION);
    Reservation seenByOwner =
        owner.payonce().nonces().reservation(held.status().slot()).orElseThrow();
    assertThat(seenByOwner.status()).isEqualTo(held.status());
    fleet.await(held.signed(fleet.keyOf(0).sign(tx)));
    fleet.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
    assertThat(fleet.lane(0).epoch()).isEqualTo(epoch);
    assertThat(fleet.journal.openRequests(wallet, 9)).isEmpty();
    fleet.verify();
  }

  @Test
  void no_nonce_is_given_twice_whoever_is_asked() {
    List<CompletableFuture<Reservation>> asked = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Fleet.Instance instance = i % 2 == 0 ? owner : other;
      asked.add(reserve(instance, "call-" + i / 3)); // some names more than once
      fleet.submit(instance, "p" + i);
    }
    Set<Long> nonces = new TreeSet<>();
    List<Reservation> held = asked.stream().map(fleet::await).toList();
    held.forEach(each -> nonces.add(each.status().slot().nonce()));
    assertThat(nonces).hasSize(4);
    for (Reservation each : held) {
      fleet.await(each.intend(call(each)));
      fleet.await(each.signed(fleet.keyOf(0).sign(call(each))));
    }
    for (int i = 0; i < 12; i++) {
      assertThat(fleet.end(other, "p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    fleet.until(() -> held.stream().allMatch(each -> each.status().isEnded()));
    assertThat(held)
        .allMatch(each -> each.status().consumption().orElseThrow().by() == ConsumerClass.HOST);
    fleet.verify();
  }

  @Test
  void a_reservation_survives_the_instance_that_gave_it() {
    Reservation held = fleet.await(reserve(owner, "call"));
    fleet.submit(other, "p");
    owner.process().kill(); // its lease has to end by itself
    Reservation again = fleet.await(reserve(other, "call"));
    assertThat(again.status()).isEqualTo(held.status());
    fleet.await(again.intend(call(again)));
    fleet.await(again.signed(fleet.keyOf(0).sign(call(again))));
    assertThat(fleet.end(other, "p").state()).isEqualTo(TransferState.PAID_FINAL);
    fleet.until(() -> again.status().isEnded());
    fleet.verify();
  }

  @Test
  void who_drains_gives_out_no_nonce_and_waits_for_no_host() {
    Reservation held = fleet.await(reserve(owner, "call"));
    fleet.await(held.intend(call(held)));
    assertThat(fleet.await(owner.payonce().drain(Duration.ofSeconds(20))).isClean()).isTrue();
    fleet.until(() -> fleet.has(other, 0));
    Reservation next = fleet.await(reserve(owner, "next")); // it asks the new owner
    fleet.await(next.release());
    fleet.await(held.signed(fleet.keyOf(0).sign(call(held))));
    fleet.until(() -> held.status().isEnded());
    assertThat(held.status().consumption().orElseThrow().by()).isEqualTo(ConsumerClass.HOST);
  }

  /** A host that was refused asks again. */
  private CompletableFuture<Reservation> reserve(Fleet.Instance instance, String name) {
    CompletableFuture<Reservation> answer = new CompletableFuture<>();
    ask(instance, name, answer);
    return answer;
  }

  private void ask(Fleet.Instance instance, String name, CompletableFuture<Reservation> answer) {
    var unused =
        instance
            .payonce()
            .nonces()
            .reserve(wallet, name, HOST, "approval")
            .whenComplete(
                (held, failure) -> {
                  if (failure == null) {
                    answer.complete(held);
                  } else {
                    fleet.time.after(Duration.ofSeconds(1), () -> ask(instance, name, answer));
                  }
                });
  }

  private ReservationRefusal refusal(CompletableFuture<?> refused) {
    Throwable thrown = catchThrowable(() -> fleet.await(refused));
    while (thrown != null && !(thrown instanceof ReservationRefusedException)) {
      thrown = thrown.getCause();
    }
    assertThat(thrown).as("a refusal").isNotNull();
    return ((ReservationRefusedException) thrown).code();
  }

  private static UnsignedTransaction call(Reservation held) {
    return call(held, 1);
  }

  private static UnsignedTransaction call(Reservation held, int argument) {
    return new UnsignedTransaction.DynamicFee(
        Fleet.CHAIN,
        held.status().slot().nonce(),
        Wei.gwei(1),
        Wei.gwei(50),
        BigInteger.valueOf(60_000),
        new TestKey(99).address(),
        Wei.ZERO,
        Bytes.of(new byte[] {0x12, 0x34, 0x56, 0x78, (byte) argument}),
        List.of());
  }
}
