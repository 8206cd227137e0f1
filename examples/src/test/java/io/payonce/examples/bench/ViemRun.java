package io.payonce.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.examples.node.NpmPackages;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.web3j.crypto.Credentials;
import org.web3j.utils.Numeric;

/** viem with its own nonce manager, 32 payments at a time; it takes its own time. */
final class ViemRun implements SubmitRun {
  private final ObjectMapper json = new ObjectMapper();

  @Override
  public String name() {
    return "viem, 32 at a time";
  }

  @Override
  public Duration send(URI node, long chainId, List<Credentials> wallets, int payments)
      throws Exception {
    Path folder = NpmPackages.PEERS.folder();
    Process process =
        new ProcessBuilder("node", NpmPackages.PEERS.script(folder, "speed.mjs").toString())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      ObjectNode job = json.createObjectNode().put("url", node.toString()).put("chainId", chainId);
      for (Credentials wallet : wallets) {
        job.withArray("privateKeys")
            .add(
                Numeric.toHexStringWithPrefixZeroPadded(wallet.getEcKeyPair().getPrivateKey(), 64));
      }
      for (int i = 0; i < payments; i++) {
        job.withArray("payees").add(Wallets.payee(i).value());
      }
      try (OutputStream input = process.getOutputStream()) {
        input.write(json.writeValueAsBytes(job));
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("viem failed: " + said);
      }
      JsonNode answer = json.readTree(said);
      return Duration.ofMillis(answer.path("millis").asLong());
    } finally {
      process.destroyForcibly();
    }
  }
}
