package io.payonce.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.KeystoreV3;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quick start of the README is code that runs. */
final class QuickStartTest {
  private static final Path SOURCE = Path.of("src/main/java/io/payonce/examples/QuickStart.java");
  private static final Path README = Path.of("../README.md");

  @Test
  void readme_shows_the_compiled_code_in_at_most_25_lines() throws IOException {
    String source = Files.readString(SOURCE);
    String code = between(source, "// tag::quickstart\n", "\n    // end::quickstart").stripIndent();
    assertThat(code.lines().count()).isBetween(10L, 25L);
    String readme = Files.readString(README);
    assertThat(between(readme, "<!-- quickstart -->\n```java\n", "\n```")).isEqualTo(code);
  }

  @Test
  void pays_on_a_real_node_and_not_again_when_run_again(@TempDir Path folder) {
    Address payee = Address.of("0x" + "5a".repeat(20));
    Path keystore = folder.resolve("wallet.json");
    Address wallet = writeKeystore(keystore);
    try (AnvilNode node =
            RequiredPart.orSkip(() -> AnvilNode.builder().blockTimeMillis(500).start());
        FaultProxy alpha = FaultProxy.forwardingTo(node.url()).start();
        FaultProxy beta = FaultProxy.forwardingTo(node.url()).start();
        FaultProxy gamma = FaultProxy.forwardingTo(node.url()).start()) {
      node.setBalance(wallet, Wei.ofCoins("1"));
      List<String> urls =
          List.of(alpha.url().toString(), beta.url().toString(), gamma.url().toString());
      for (int run = 0; run < 2; run++) {
        TransferStatus end =
            QuickStart.pay(
                ChainId.of(31_337),
                urls,
                keystore,
                "secret".toCharArray(),
                folder.resolve("journal.db"),
                task -> new Thread(task).start(),
                IdempotencyKey.of("withdrawal-1001"),
                payee);
        assertThat(end.verdict().paid()).as("%s", end).isTrue();
        assertThat(node.balance(payee)).isEqualTo(Wei.ofCoins("0.05"));
      }
    }
  }

  private static Address writeKeystore(Path file) {
    byte[] bytes = new byte[32];
    bytes[31] = 7;
    try (SoftwareKey key =
        SoftwareKey.fromBytes(bytes, InsecureKeyAccess.acknowledge("a test's own key"))) {
      KeystoreV3.write(file, key, "secret".toCharArray(), new SecureRandom());
      return key.address();
    }
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin);
    assertThat(from).as(begin).isNotNegative();
    int to = text.indexOf(end, from + begin.length());
    assertThat(to).as(end).isNotNegative();
    return text.substring(from + begin.length(), to);
  }
}
