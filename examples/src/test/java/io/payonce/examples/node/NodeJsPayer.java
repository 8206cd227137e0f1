package io.payonce.examples.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A peer in JavaScript: a committed script under node, the job on its input, its belief printed.
 */
final class NodeJsPayer implements Payer {
  private static final int TIMEOUT_MINUTES = 10;

  private final ObjectMapper json = new ObjectMapper();
  private final String name;
  private final String script;
  private final boolean reset;

  /**
   * Names a peer.
   *
   * @param reset whether the nonce manager is reset after an exception, by the library or the host
   */
  NodeJsPayer(String name, String script, boolean reset) {
    this.name = name;
    this.script = script;
    this.reset = reset;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Belief pay(Job job) throws Exception {
    Path folder = NpmPackages.PEERS.folder();
    NpmPackages.PEERS.script(folder, "host.mjs");
    Process process =
        new ProcessBuilder("node", NpmPackages.PEERS.script(folder, script).toString())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      try (OutputStream input = process.getOutputStream()) {
        input.write(text(job).getBytes(StandardCharsets.UTF_8));
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IllegalStateException(script + " failed: " + said);
      }
      JsonNode belief = json.readTree(said);
      return new Belief(belief.path("sent").asInt(), belief.path("gaveUp").asInt());
    } finally {
      process.destroyForcibly();
    }
  }

  private String text(Job job) {
    ObjectNode text =
        json.createObjectNode()
            .put("url", job.node().toString())
            .put("chainId", job.chainId())
            .put("privateKey", job.privateKey())
            .put("concurrency", job.concurrency())
            .put("tries", job.tries())
            .put("reset", reset);
    ArrayNode payments = text.putArray("payments");
    for (Payment payment : job.payments()) {
      payments
          .addObject()
          .put("to", payment.payee().value())
          .put("value", payment.amount().value().toString());
    }
    return text.toString();
  }
}
