package io.payonce.routing.indexer;

import io.payonce.Block;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads whole blocks, each the child of the one before. Used by one page, one call at a time. */
final class BlockScan {
  /** A busy block has some 300 KB as JSON, and 32 MiB are what a client takes at once. */
  static final int STRIDE = 16;

  private final RpcClient client;
  private @Nullable Block last;

  BlockScan(RpcClient client) {
    this.client = client;
  }

  CompletableFuture<Rows.Sized<List<Block>>> read(BlockSpan span, CallOptions options) {
    List<RpcRequest<Rows.Sized<Optional<Block>>>> requests = new ArrayList<>();
    for (long number = span.first(); number <= span.last(); number++) {
      requests.add(Rows.sized(Requests.block(number)));
    }
    return client
        .callBatch(List.copyOf(requests), options)
        .thenApply(
            outcomes -> {
              List<Block> blocks = new ArrayList<>();
              long bytes = 0;
              for (int i = 0; i < outcomes.size(); i++) {
                Rows.Sized<Optional<Block>> answer = Rows.value(requests.get(i), outcomes.get(i));
                blocks.add(inLine(span.first() + i, answer.value()));
                bytes += answer.bytes();
              }
              return new Rows.Sized<>(blocks, bytes);
            });
  }

  private Block inLine(long number, Optional<Block> answer) {
    if (answer.isEmpty()) {
      throw new Rows.Trouble("does not have block " + number, false);
    }
    Block block = answer.get();
    if (block.ref().number() != number) {
      throw new Rows.Trouble("answers " + block.ref() + " for block " + number, false);
    }
    Block before = last;
    if (before != null
        && before.ref().number() == number - 1
        && !before.ref().hash().equals(block.parent())) {
      throw new Rows.Trouble(block.ref() + " is no child of " + before.ref(), false);
    }
    last = block;
    return block;
  }
}
