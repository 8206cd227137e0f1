package io.payonce.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Submission;
import io.payonce.Ticker;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.store.Intake;
import io.payonce.submit.RateLimit.Per;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The same coin or contract on two chains is two assets, with a limit each. */
final class LimitsPerAssetTest {
  private static final Ticker STILL = () -> 0;
  private static final Address WALLET = Address.of("0x" + "aa".repeat(20));
  private static final Address TOKEN = Address.of("0x" + "cc".repeat(20));

  private static Intake intake(Asset asset) {
    Transfer transfer =
        Transfer.of(TokenAmount.of(asset, 1)).from(WALLET).to(Address.of("0x" + "bb".repeat(20)));
    return new Intake(
        new Submission(IdempotencyKey.of("p"), transfer), new LaneId(asset.chain(), WALLET));
  }

  private static List<Intake> onChain(long chain) {
    ChainId id = ChainId.of(chain);
    return List.of(intake(new Asset.Native(id)), intake(new Asset.Erc20(id, TOKEN)));
  }

  @Test
  void a_bucket_that_is_empty_on_one_chain_is_full_on_another() {
    Buckets buckets = new Buckets(List.of(new RateLimit(Per.ASSET, 1, Duration.ofHours(1))), STILL);
    onChain(1).forEach(intake -> assertThat(buckets.take(intake)).isEmpty());
    onChain(1).forEach(intake -> assertThat(buckets.take(intake)).isPresent());
    onChain(10).forEach(intake -> assertThat(buckets.take(intake)).isEmpty());
  }

  @Test
  void a_backlog_that_is_full_on_one_chain_has_room_on_another() {
    Backlog backlog = new Backlog(new MemoryTransferStore(), STILL, 100, Map.of(Per.ASSET, 1L));
    onChain(1).forEach(intake -> assertThat(backlog.take(intake)).isEmpty());
    onChain(1).forEach(intake -> assertThat(backlog.take(intake)).isPresent());
    onChain(10).forEach(intake -> assertThat(backlog.take(intake)).isEmpty());
  }
}
