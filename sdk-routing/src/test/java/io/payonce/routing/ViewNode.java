package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockHeader;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A node that holds a chain, or the older part of it. Every balance is made of the hash of the
 * block that it was read at, so that an answer tells where it comes from.
 */
final class ViewNode {
  /** What it does with the hash of a block where a number may stand. */
  enum Hashes {
    /** EIP-1898. */
    TAKEN,
    REFUSED,
    /** Takes it for no block at all, and so for the latest. */
    IGNORED
  }

  final ScriptedTransport transport;
  ScriptedChain chain;
  Hashes hashes = Hashes.TAKEN;

  /** How many of the newest blocks it does not have yet. */
  int lag;

  /** The transactions that it knows. */
  final TreeSet<String> known = new TreeSet<>();

  /** Happens each time a balance was answered. */
  Runnable afterBalance = () -> {};

  ViewNode(ScriptedTransport transport, ScriptedChain chain) {
    this.transport = transport;
    this.chain = chain;
    heal();
  }

  /** Answers again, whatever else it was told to say. */
  void heal() {
    transport.script = this::says;
  }

  /** The balance of everybody at a block. */
  static Wei balanceAt(BlockHash hash) {
    return Wei.of(Long.parseLong(hash.value().substring(56), 16) + 1);
  }

  private List<BlockHeader> blocks() {
    List<BlockHeader> all = new ArrayList<>(chain.blocks());
    return all.subList(0, Math.max(1, all.size() - lag));
  }

  private Optional<BlockHeader> find(JsonNode block) {
    List<BlockHeader> all = blocks();
    BlockHeader tip = all.get(all.size() - 1);
    if (block.isObject() && hashes == Hashes.IGNORED) {
      return Optional.of(tip);
    }
    return block.asText().equals("latest")
        ? Optional.of(tip)
        : all.stream()
            .filter(
                header ->
                    block.isObject()
                        ? header.hash().value().equals(block.path("blockHash").asText())
                        : header.number() == Long.parseLong(block.asText().substring(2), 16))
            .findFirst();
  }

  private Says says(Received request) {
    JsonNode params = request.params();
    return switch (request.method()) {
      case "eth_getBlockByNumber" ->
          result(find(params.path(0)).map(ScriptedChain::json).orElse("null"));
      case "eth_getBalance" -> balance(params.path(1));
      case "eth_getTransactionByHash" -> {
        String hash = params.path(0).asText();
        yield result(known.contains(hash) ? "{\"hash\":\"" + hash + "\"}" : "null");
      }
      case "eth_sendRawTransaction" -> error(-32000, "already known");
      default -> error(-32601, "the method does not exist");
    };
  }

  private Says balance(JsonNode block) {
    if (block.isObject() && hashes == Hashes.REFUSED) {
      return error(-32602, "invalid argument 1: json: cannot unmarshal object into Go value");
    }
    Says says =
        find(block)
            .map(at -> text("0x" + balanceAt(at.hash()).value().toString(16)))
            .orElse(error(-32000, "header not found"));
    afterBalance.run();
    return says;
  }

  void knows(TransactionHash hash) {
    known.add(hash.value());
  }

  /** How often it was asked for a balance, but for what shows whether it looks at hashes. */
  long balances() {
    return transport.received.stream()
        .filter(request -> request.method().equals("eth_getBalance"))
        .filter(request -> !request.params().path(0).asText().equals(Address.ZERO.value()))
        .count();
  }
}
