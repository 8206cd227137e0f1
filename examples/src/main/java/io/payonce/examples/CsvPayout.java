package io.payonce.examples;

import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.LaneId;
import io.payonce.batch.Batch;
import io.payonce.batch.BatchReport;
import io.payonce.batch.BatchTransferBuilder;
import io.payonce.batch.PayoutRow;
import io.payonce.batch.RowOutcome;
import io.payonce.batch.csv.CsvTransfers;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of payouts, native and token, becomes a batch; each row is a payment of its own. One row
 * is above what the wallet's guard signs: it ends unpaid, and the others are paid. Running the file
 * again in another process finds every row and pays nothing.
 */
public final class CsvPayout {
  private CsvPayout() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      Path file =
          world.file(
              "payouts.csv",
              """
              key,asset,to,amount
              alice,%1$s,%2$s,250.75
              bob,%1$s,%3$s,1000.000001
              carol,native,%4$s,0.4
              dave,native,%5$s,0.35
              """
                  .formatted(
                      world.token.contract(),
                      world.payee("Alice"),
                      world.payee("Bob"),
                      world.payee("Carol"),
                      world.payee("Dave")));
      payOut(world, file);
      world.say("-- the same file again, in a new process --");
      payOut(world, file);
    }
  }

  private static void payOut(DemoWorld world, Path file) {
    DemoWorld.Running host = world.start();
    CsvTransfers csv = CsvTransfers.parse(file, DemoWorld.CHAIN);
    Batch batch =
        BatchTransferBuilder.create("jan", new LaneId(DemoWorld.CHAIN, world.wallet))
            .addAll(csv.toPayouts(decimals(world, host.pool(), csv), List.of(world.wallet)))
            .build();
    BatchReport report =
        world.time.await(batch.submit(host.payonce()).whenDone(), Duration.ofMinutes(10));
    for (RowOutcome outcome : report.outcomes()) {
      PayoutRow row = outcome.row();
      int times = world.chain.payments(row.amount().asset(), row.to()).size();
      world.say(
          outcome.idempotencyKey(),
          "%-8s %s, the chain has paid it %d time(s)"
              .formatted(outcome.state(), world.show(row.amount()), times));
    }
    world.say(report.summary());
    host.stop();
  }

  /** A wrong number of decimals multiplies money, so several operators must agree on it. */
  private static Map<Asset, Integer> decimals(DemoWorld world, RpcPool pool, CsvTransfers csv) {
    Map<Asset, Integer> decimals = new LinkedHashMap<>();
    for (Asset asset : csv.assets()) {
      if (asset instanceof Asset.Erc20 token) {
        long height = agreed(world, pool, new Fact.Height(BlockTag.LATEST));
        BlockRef head = agreed(world, pool, new Fact.BlockRefAt(height));
        Bytes answer =
            agreed(world, pool, new Fact.CallResult(token.contract(), Erc20Calls.decimals(), head));
        decimals.put(token, Erc20Calls.integer(answer).orElseThrow().intValueExact());
      } else {
        decimals.put(asset, 18);
      }
    }
    return decimals;
  }

  private static <T> T agreed(DemoWorld world, RpcPool pool, Fact<T> fact) {
    QuorumResult<T> result =
        world.time.await(pool.criticalRead(fact, CallOptions.DEFAULT), Duration.ofMinutes(1));
    if (result instanceof QuorumResult.Agreed<T> agreed) {
      return agreed.value();
    }
    throw new IllegalStateException("no quorum: " + result);
  }
}
