package io.payonce.examples.bench;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.utils.Numeric;

/**
 * What the node can take here at all: transactions that were signed before the clock starts, in
 * batches of 100, one after the other for each wallet. Nothing is stored and no reply is kept.
 */
final class PresignedRun implements SubmitRun {
  private static final int BATCH = 100;

  @Override
  public String name() {
    return "signed before, batches of 100";
  }

  @Override
  public Duration send(URI node, long chainId, List<Credentials> wallets, int payments)
      throws Exception {
    List<List<String>> bodies = new ArrayList<>();
    for (int wallet = 0; wallet < wallets.size(); wallet++) {
      List<String> signed = new ArrayList<>();
      for (int i = wallet; i < payments; i += wallets.size()) {
        signed.add(signed(chainId, wallets.get(wallet), signed.size(), i));
      }
      bodies.add(bodies(signed));
    }
    HttpClient client = HttpClient.newHttpClient();
    ExecutorService threads = Executors.newFixedThreadPool(wallets.size());
    try {
      long start = System.nanoTime();
      List<Future<?>> all = new ArrayList<>();
      for (List<String> ofWallet : bodies) {
        all.add(threads.submit(() -> post(client, node, ofWallet)));
      }
      for (Future<?> one : all) {
        one.get();
      }
      return Duration.ofNanos(System.nanoTime() - start);
    } finally {
      threads.shutdownNow();
    }
  }

  private static String signed(long chainId, Credentials wallet, long nonce, int payment) {
    RawTransaction transfer =
        RawTransaction.createEtherTransaction(
            BigInteger.valueOf(nonce),
            Web3jRun.GAS_PRICE,
            Web3jRun.TRANSFER_GAS,
            Wallets.payee(payment).value(),
            BigInteger.ONE);
    return Numeric.toHexString(TransactionEncoder.signMessage(transfer, chainId, wallet));
  }

  private static List<String> bodies(List<String> signed) {
    List<String> bodies = new ArrayList<>();
    for (int from = 0; from < signed.size(); from += BATCH) {
      List<String> elements = new ArrayList<>();
      for (String raw : signed.subList(from, Math.min(from + BATCH, signed.size()))) {
        elements.add(
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"eth_sendRawTransaction\",\"params\":[\"%s\"]}"
                .formatted(elements.size() + 1, raw));
      }
      bodies.add("[" + String.join(",", elements) + "]");
    }
    return bodies;
  }

  private static Void post(HttpClient client, URI node, List<String> bodies) throws Exception {
    for (String body : bodies) {
      HttpRequest request =
          HttpRequest.newBuilder(node)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      String reply = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      if (reply.contains("\"error\"")) {
        throw new IOException(reply.substring(0, Math.min(200, reply.length())));
      }
    }
    return null;
  }
}
