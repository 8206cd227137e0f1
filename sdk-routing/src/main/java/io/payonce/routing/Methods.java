package io.payonce.routing;

import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What may be done with a method: how long it may take, and whether it may be asked twice. */
final class Methods {
  /** A healthy node answers these from memory. Only asked for membership. */
  private static final Set<String> QUICK =
      Set.of(
          "eth_chainId",
          "eth_blockNumber",
          "eth_gasPrice",
          "eth_maxPriorityFeePerGas",
          "eth_feeHistory",
          "net_version",
          "web3_clientVersion");

  private static final List<String> READ_PREFIXES =
      List.of("eth_get", "eth_call", "eth_estimateGas", "eth_createAccessList", "eth_syncing");

  private static final List<String> REFUSED_PREFIXES = List.of("personal_", "miner_", "admin_");
  private static final List<String> REFUSED_WORDS = List.of("send", "sign", "submit");

  private Methods() {}

  static boolean isQuick(String method) {
    return QUICK.contains(method);
  }

  /** Whether asking twice changes nothing; an unknown method is asked once. */
  static boolean isRead(String method) {
    return QUICK.contains(method) || READ_PREFIXES.stream().anyMatch(method::startsWith);
  }

  /** A call is repeated and spread at will, so what could move money must not come this way. */
  static void requireNoWrite(RpcRequest<?> request) {
    String method = request.method().toLowerCase(Locale.ROOT);
    if (REFUSED_PREFIXES.stream().anyMatch(method::startsWith)
        || REFUSED_WORDS.stream().anyMatch(method::contains)) {
      throw new IllegalArgumentException(
          request.method() + " is no read; signed transactions go through broadcast");
    }
  }
}
