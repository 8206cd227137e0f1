package io.payonce.routing.indexer;

import io.payonce.Block;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.RpcClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The transactions of one sender, from the blocks themselves. */
final class SenderRows implements Rows<TransactionHint> {
  private final BlockScan scan;
  private final SenderQuery query;

  SenderRows(RpcClient client, SenderQuery query) {
    this.scan = new BlockScan(client);
    this.query = query;
  }

  @Override
  public int stride() {
    return BlockScan.STRIDE;
  }

  @Override
  public CompletableFuture<Part<TransactionHint>> of(BlockSpan span, CallOptions options) {
    return scan.read(span, options)
        .thenApply(
            blocks -> {
              List<TransactionHint> hints = new ArrayList<>();
              for (Block block : blocks.value()) {
                for (Block.Entry entry : block.transactions()) {
                  TransactionHint hint =
                      new TransactionHint(entry.from(), entry.nonce(), entry.hash(), block.ref());
                  if (query.asksFor(hint)) {
                    hints.add(hint);
                  }
                }
              }
              return new Part<>(hints, blocks.bytes());
            });
  }
}
