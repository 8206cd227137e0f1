package io.payonce.testing;

import static io.payonce.testing.JournalScript.CHAIN;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.PAYEE;
import static io.payonce.testing.JournalScript.move;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Submission;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.OpenCount;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Lists of transfers by what they are, page after page. */
abstract class StoreListCases extends StoreReadingCases {
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
  private static final LaneId SECOND = new LaneId(CHAIN, Address.of("0x" + "ab".repeat(20)));
  private static final List<LaneId> WALLETS = List.of(LANE, SECOND);
  private static final List<Address> PAYEES = List.of(PAYEE, Address.of("0x" + "cd".repeat(20)));
  private static final List<Asset> ASSETS =
      List.of(new Asset.Native(CHAIN), new Asset.Erc20(CHAIN, Address.of("0x" + "ef".repeat(20))));
  private static final List<String> TENANTS = List.of("", "a", "b");

  /** As texts they are in another order than as times. */
  private static final List<Instant> TIMES =
      List.of(
          NOON,
          NOON.plusNanos(1),
          NOON.plusMillis(500),
          NOON.plusSeconds(1),
          NOON.plus(Duration.ofDays(3)));

  private static final List<Map<String, String>> METADATA =
      List.of(
          Map.of(),
          Map.of("order", "7"),
          Map.of("order", "7", "desk", "north"),
          Map.of("order", "8", "desk", "north"));

  @Test
  final void every_page_is_full_and_has_exactly_what_fits_whatever_the_filter() {
    long seed = 20_260_304L;
    Random random = new Random(seed);
    List<StoredTransfer> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      TransferId id = any(random, i);
      Optional<LaneId> own = store.find(id).map(StoredTransfer::lane).filter(LANE::equals);
      if (own.isPresent() && random.nextInt(3) > 0) {
        lane.apply(
            move(
                id,
                TransferState.ACCEPTED,
                random.nextBoolean() ? TransferState.HELD : TransferState.REJECTED));
      }
      all.add(0, store.find(id).orElseThrow());
    }
    store = reopen(store);
    for (int i = 0; i < 300; i++) {
      TransferFilter filter = filter(random);
      List<StoredTransfer> expected = all.stream().filter(filter::fits).toList();
      int limit = 1 + random.nextInt(7);
      List<StoredTransfer> seen = new ArrayList<>();
      Optional<TransferId> before = Optional.empty();
      List<StoredTransfer> page;
      do {
        page = store.list(filter, before, limit);
        seen.addAll(page);
        assertThat(page)
            .as("seed %d, %s", seed, filter)
            .hasSize(Math.min(limit, expected.size() - seen.size() + page.size()));
        before = Optional.of(page.isEmpty() ? new TransferId(1) : page.get(page.size() - 1).id());
      } while (page.size() == limit);
      assertThat(seen).as("seed %d, %s", seed, filter).isEqualTo(expected);
    }
  }

  private TransferId any(Random random, int number) {
    Transfer transfer =
        Transfer.of(TokenAmount.of(one(random, ASSETS), 5))
            .from(one(random, WALLETS).address())
            .to(one(random, PAYEES));
    return accept(
        new IdempotencyKey(one(random, TENANTS), "k" + number),
        transfer,
        one(random, METADATA),
        one(random, TIMES));
  }

  private static TransferFilter filter(Random random) {
    TransferFilter filter = TransferFilter.all();
    if (random.nextInt(3) == 0) {
      Set<TransferState> any = EnumSet.of(TransferState.ACCEPTED, TransferState.PAID_FINAL);
      filter =
          random.nextBoolean()
              ? filter.inState(TransferState.HELD, TransferState.REJECTED)
              : filter.inStates(any);
    }
    if (random.nextInt(3) == 0) {
      filter = filter.ofLane(one(random, WALLETS));
    }
    if (random.nextInt(3) == 0) {
      filter = filter.ofTenant(one(random, TENANTS));
    }
    if (random.nextInt(3) == 0) {
      filter = filter.ofAsset(one(random, ASSETS));
    }
    if (random.nextInt(3) == 0) {
      filter = filter.toPayee(one(random, PAYEES));
    }
    if (random.nextInt(3) == 0) {
      filter = filter.acceptedBetween(one(random, TIMES), one(random, TIMES));
    } else if (random.nextInt(3) == 0) {
      filter = filter.acceptedBefore(one(random, TIMES));
    }
    for (Map.Entry<String, String> entry : one(random, METADATA).entrySet()) {
      filter = filter.withMetadata(entry.getKey(), entry.getValue());
    }
    return filter;
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @Test
  final void a_page_is_not_moved_by_what_is_accepted_meanwhile() {
    TransferId a = lane.accept("a");
    TransferId b = lane.accept("b");
    TransferId c = lane.accept("c");
    TransferFilter filter = TransferFilter.all().ofTenant("");
    assertThat(ids(filter, Optional.empty(), 2)).containsExactly(c, b);
    lane.accept("d");
    assertThat(ids(filter, Optional.of(b), 2)).containsExactly(a);
  }

  @Test
  final void metadata_fits_to_the_letter() {
    String longText = "long ".repeat(500);
    Map<String, String> entries =
        Map.of(
            "a\"b", "{\"x\":\"y\"}",
            ",\"order\":\"7\"", "\\",
            "unicode", "Zürich ☃ \uD83D\uDE00",
            "long", longText + "1",
            "", "");
    TransferId id =
        accept(
            new IdempotencyKey("", "k"),
            payment(1),
            entries,
            Instant.parse("2026-01-01T00:00:00Z"));
    lane.accept("other");
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      assertThat(with(entry.getKey(), entry.getValue())).as(entry.getKey()).containsExactly(id);
    }
    assertThat(with("long", longText + "2")).isEmpty();
    assertThat(with("long", "long ")).isEmpty();
    assertThat(with("unicode", "zürich ☃ \uD83D\uDE00")).isEmpty();
    assertThat(with("order", "7")).isEmpty();
    assertThat(with("", "x")).isEmpty();
    assertThat(with("a\"b", "%")).isEmpty();
  }

  private List<TransferId> with(String name, String value) {
    return ids(TransferFilter.all().withMetadata(name, value), Optional.empty(), 9);
  }

  @Test
  final void times_outside_the_calendar_are_times_all_the_same() {
    TransferId id = lane.accept("a");
    TransferFilter ever = TransferFilter.all().acceptedBetween(Instant.MIN, Instant.MAX);
    assertThat(ids(ever, Optional.empty(), 9)).containsExactly(id);
    TransferFilter never = TransferFilter.all().acceptedBetween(Instant.MAX, Instant.MAX);
    assertThat(ids(never, Optional.empty(), 9)).isEmpty();
    assertThat(ids(TransferFilter.all().acceptedBefore(Instant.MIN), Optional.empty(), 9))
        .isEmpty();
  }

  @Test
  final void what_has_not_ended_is_counted_by_tenant_lane_and_asset() {
    assertThat(store.openCounts()).isEmpty();
    lane.accept("a");
    lane.exposed("b");
    lane.paid("c");
    Transfer token = Transfer.of(TokenAmount.of(ASSETS.get(1), 5)).from(SECOND.address()).to(PAYEE);
    accept(new IdempotencyKey("a", "d"), token, Map.of(), NOON);
    assertThat(store.openCounts())
        .containsExactlyInAnyOrder(
            new OpenCount("", LANE, ASSETS.get(0), 2),
            new OpenCount("a", SECOND, ASSETS.get(1), 1));
  }

  @Test
  final void a_filter_that_nothing_can_fit_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransferFilter.all().ofTenant("two words"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransferFilter.all().withMetadata("name", "a\0b"))
        .withMessageContaining("U+0000");
  }

  private List<TransferId> ids(TransferFilter filter, Optional<TransferId> before, int limit) {
    return store.list(filter, before, limit).stream().map(StoredTransfer::id).toList();
  }

  private TransferId accept(
      IdempotencyKey key, Transfer transfer, Map<String, String> metadata, Instant at) {
    Submission submission =
        new Submission(key, transfer, SubmitOptions.defaults().withMetadata(metadata));
    AcceptResult result = store.accept(JournalScript.intake(submission), at);
    return ((AcceptResult.Accepted) result).transfer().id();
  }
}
