package io.payonce.routing.web3j;

import io.payonce.BlockRef;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which logs a filter wants.
 *
 * @param match addresses and topics, as the caller wrote them
 * @param from first block as the caller wrote it, null for none
 * @param first lowest block whose logs count
 * @param last highest block whose logs count
 * @param isOfOneBlock whether the caller named one block by its hash: such a filter has no changes
 */
record LogCriteria(
    Map<String, @Nullable Object> match,
    @Nullable Object from,
    long first,
    long last,
    boolean isOfOneBlock) {

  static LogCriteria of(Call call) {
    return of(call, 0);
  }

  /** From now on: a subscription knows no blocks. */
  static LogCriteria ofSubscription(Call call) {
    Map<String, @Nullable Object> match = of(call, 1).match();
    match.remove("blockHash");
    return new LogCriteria(match, null, 0, Long.MAX_VALUE, false);
  }

  private static LogCriteria of(Call call, int index) {
    if (!(call.param(index) instanceof Map<?, ?> given)) {
      throw new Call.InvalidParamsException(
          call.method() + ": parameter " + index + " must be an object");
    }
    Map<String, @Nullable Object> match = new LinkedHashMap<>();
    given.forEach((key, value) -> match.put(String.valueOf(key), value));
    Object from = match.remove("fromBlock");
    Object to = match.remove("toBlock");
    return new LogCriteria(
        match, from, number(from, 0), number(to, Long.MAX_VALUE), match.containsKey("blockHash"));
  }

  private static long number(@Nullable Object block, long otherwise) {
    return block instanceof String text && text.startsWith("0x") ? Call.number(text) : otherwise;
  }

  boolean wants(BlockRef block) {
    return !isOfOneBlock && block.number() >= first && block.number() <= last;
  }

  /** Its logs in exactly this block: a node without the block refuses, and so misses none. */
  RpcRequest<List<Map<String, @Nullable Object>>> in(BlockRef block) {
    Map<String, @Nullable Object> filter = new LinkedHashMap<>(match);
    filter.put("blockHash", block.hash().value());
    return new RpcRequest<>(
        "eth_getLogs",
        List.of(filter),
        json -> {
          List<Map<String, @Nullable Object>> logs = logs(json);
          for (Map<String, @Nullable Object> log : logs) {
            if (!block.hash().value().equals(log.get("blockHash"))) {
              throw new MalformedValueException("a log is of another block than the asked one");
            }
          }
          return logs;
        });
  }

  /** All its logs up to a block that it has been delivered. */
  RpcRequest<List<Map<String, @Nullable Object>>> upTo(BlockRef block) {
    Map<String, @Nullable Object> filter = new LinkedHashMap<>(match);
    if (!isOfOneBlock) {
      String newest = Requests.quantity(block.number());
      boolean atHead = from == null || "latest".equals(from) || "pending".equals(from);
      filter.put("fromBlock", atHead ? newest : from);
      filter.put("toBlock", Requests.quantity(Math.min(last, block.number())));
    }
    return new RpcRequest<>("eth_getLogs", List.of(filter), LogCriteria::logs);
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static List<Map<String, @Nullable Object>> logs(@Nullable Object json) {
    if (!(json instanceof List<?> list)) {
      throw new MalformedValueException("expected a list of logs");
    }
    List<Map<String, @Nullable Object>> logs = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof Map<?, ?> log)) {
        throw new MalformedValueException("a log is no object");
      }
      logs.add((Map<String, @Nullable Object>) log);
    }
    return logs;
  }
}
