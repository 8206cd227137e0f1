package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;

import io.payonce.BlockHash;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.rpc.Requests;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The blocks of a chain that grows, and forgets, as a test wants it. */
final class ScriptedChain {
  private static final long FIRST = 100;

  private final List<BlockHeader> blocks = new ArrayList<>();
  private long made;

  ScriptedChain() {
    grow(1);
  }

  /** Adds so many blocks; the last of them. */
  synchronized BlockHeader grow(int count) {
    for (int i = 0; i < count; i++) {
      blocks.add(child(blocks.isEmpty() ? null : blocks.get(blocks.size() - 1)));
    }
    return tip();
  }

  /** Adds a {@link #child} of the tip. */
  synchronized void add(BlockHeader child) {
    blocks.add(child);
  }

  /** Takes so many blocks away, the tip first. */
  synchronized void forget(int count) {
    for (int i = 0; i < count; i++) {
      blocks.remove(blocks.size() - 1);
    }
  }

  /** A block on this one that is no part of the chain. */
  synchronized BlockHeader child(BlockHeader parent) {
    long number = parent == null ? FIRST : parent.number() + 1;
    return new BlockHeader(
        new BlockRef(number, hash(++made)),
        parent == null ? hash(0) : parent.hash(),
        Instant.ofEpochSecond(1_700_000_000 + number));
  }

  private static BlockHash hash(long number) {
    return BlockHash.of("0x" + String.format("%064x", number));
  }

  synchronized BlockHeader tip() {
    return blocks.get(blocks.size() - 1);
  }

  synchronized List<BlockHeader> blocks() {
    return List.copyOf(blocks);
  }

  static String json(BlockHeader block) {
    return "{\"number\":\""
        + Requests.quantity(block.number())
        + "\",\"hash\":\""
        + block.hash().value()
        + "\",\"parentHash\":\""
        + block.parent().value()
        + "\",\"timestamp\":\""
        + Requests.quantity(block.time().getEpochSecond())
        + "\"}";
  }

  /** Answers for blocks; {@code finalized} is the first one. */
  synchronized ScriptedTransport.Says says(String tagOrNumber) {
    BlockHeader last = blocks.get(blocks.size() - 1);
    long number =
        switch (tagOrNumber) {
          case "latest" -> last.number();
          case "safe", "finalized" -> FIRST;
          default -> Long.parseLong(tagOrNumber.substring(2), 16);
        };
    boolean exists = number >= FIRST && number <= last.number();
    return result(exists ? json(blocks.get((int) (number - FIRST))) : "null");
  }
}
