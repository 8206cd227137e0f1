package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.store.TransferStore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MemoryTransferStoreTest extends TransferStoreContract {
  private final ManualClock clock = ManualClock.at(JournalScript.AT);

  @Override
  protected TransferStore open() {
    return new MemoryTransferStore(clock);
  }

  @Override
  protected void outliveLeases(TransferStore open) {
    clock.advance(Duration.ofSeconds(61));
  }

  @Override
  protected TransferStore reopen(TransferStore open) {
    open.close();
    return open;
  }

  @Test
  void a_copy_shares_nothing_with_its_original() {
    MemoryTransferStore original = new MemoryTransferStore();
    JournalScript lane = JournalScript.on(original);
    lane.exposed("a");
    MemoryTransferStore copy = original.copy();
    Object before = JournalScript.everything(copy);
    assertThat(before).isEqualTo(lane.everything());
    lane.exposed("b");
    assertThat(JournalScript.everything(copy)).isEqualTo(before);
    Object after = lane.everything();
    JournalScript.on(copy).exposed("c");
    assertThat(lane.everything()).isEqualTo(after);
  }
}
