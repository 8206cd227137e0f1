package io.payonce.routing.web3j;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Blocks and logs as a test wants them, and nodes that know all of them or lag behind. Thread-safe.
 */
final class ScriptedChain {
  private static final String TOPIC = "0x" + "11".repeat(32);

  private record Block(long number, String hash, String parent, List<String> logs) {}

  private final List<Block> blocks = new ArrayList<>();
  private int forks;

  ScriptedChain() {
    blocks.add(new Block(0, hash(0, 0), hash(0xff, 0), List.of()));
  }

  private static String hash(long number, int fork) {
    return String.format("0x%02x%062x", fork, number + 1);
  }

  /** One block with a log for each name. */
  synchronized ScriptedChain mine(String... names) {
    long number = blocks.size();
    Block parent = blocks.get(blocks.size() - 1);
    String hash = hash(number, forks);
    List<String> logs = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      logs.add(log(number, hash, i, names[i]));
    }
    blocks.add(new Block(number, hash, parent.hash(), List.copyOf(logs)));
    return this;
  }

  /** Takes the newest blocks away; those that are mined next have other hashes. */
  synchronized ScriptedChain reorg(int depth) {
    blocks.subList(blocks.size() - depth, blocks.size()).clear();
    forks++;
    return this;
  }

  synchronized long height() {
    return blocks.size() - 1L;
  }

  synchronized String hashAt(long number) {
    return blocks.get((int) number).hash();
  }

  /** The name of a log is its data. */
  private static String log(long number, String block, int index, String name) {
    return String.format(
        "{\"address\":\"0x%s\",\"topics\":[\"%s\"],\"data\":\"0x%s\",\"blockNumber\":\"0x%x\","
            + "\"blockHash\":\"%s\",\"transactionHash\":\"0x%s\",\"transactionIndex\":\"0x0\","
            + "\"logIndex\":\"0x%x\",\"removed\":false}",
        "aa".repeat(20), TOPIC, name, number, block, "cc".repeat(32), index);
  }

  /** A node that is some blocks behind. */
  ScriptedNode node(Lag lag) {
    return new ScriptedNode()
        .answer("eth_blockNumber", params -> quote(head(lag)))
        .answer("eth_getBlockByNumber", params -> header(params.path(0).asText(), lag))
        .answer("eth_getBlockByHash", params -> byHash(params.path(0).asText(), lag))
        .answer("eth_getLogs", params -> logs(params.path(0), lag));
  }

  ScriptedNode node() {
    return node(new Lag());
  }

  /** How far a node is behind; changed while it runs. */
  static final class Lag {
    volatile int blocks;
  }

  private synchronized long head(Lag lag) {
    return Math.max(0, height() - lag.blocks);
  }

  private static String quote(long number) {
    return "\"0x" + Long.toHexString(number) + "\"";
  }

  private synchronized String header(String block, Lag lag) {
    long number = block.startsWith("0x") ? Long.decode(block) : head(lag);
    if (number > head(lag)) {
      return "null";
    }
    return json(blocks.get((int) number));
  }

  private synchronized String byHash(String hash, Lag lag) {
    return blocks.stream()
        .filter(block -> block.hash().equals(hash) && block.number() <= head(lag))
        .findFirst()
        .map(ScriptedChain::json)
        .orElse("null");
  }

  /** As it is pushed. */
  synchronized String headAt(long number) {
    return json(blocks.get((int) number));
  }

  private static String json(Block found) {
    return "{\"number\":"
        + quote(found.number())
        + ",\"hash\":\""
        + found.hash()
        + "\",\"parentHash\":\""
        + found.parent()
        + "\",\"timestamp\":"
        + quote(1_700_000_000 + found.number())
        + ",\"miner\":\"0x"
        + "bb".repeat(20)
        + "\",\"transactions\":[],\"extra\":{\"nested\":[1,null]}}";
  }

  private synchronized String logs(JsonNode filter, Lag lag) {
    long head = head(lag);
    List<Block> wanted = new ArrayList<>();
    if (filter.has("blockHash")) {
      String hash = filter.path("blockHash").asText();
      blocks.stream()
          .filter(block -> block.hash().equals(hash) && block.number() <= head)
          .forEach(wanted::add);
      if (wanted.isEmpty()) {
        throw new ScriptedNode.Refusal(-32000, "unknown block", "");
      }
    } else {
      long from = Long.decode(filter.path("fromBlock").asText("0x0").replace("earliest", "0x0"));
      long to = Long.decode(filter.path("toBlock").asText());
      // As real nodes do: a range beyond the head is cut short without a word.
      blocks.stream()
          .filter(b -> b.number() >= from && b.number() <= Math.min(to, head))
          .forEach(wanted::add);
    }
    return wanted.stream()
        .flatMap(block -> block.logs().stream())
        .collect(Collectors.joining(",", "[", "]"));
  }
}
