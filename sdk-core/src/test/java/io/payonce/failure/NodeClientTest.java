package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of web3_clientVersion, as the clients build them. */
final class NodeClientTest {
  @ParameterizedTest
  @CsvSource({
    "Geth/v1.13.5-stable/linux-amd64/go1.21, geth, 1.13.5",
    "Geth/my-node/v1.17.5-stable-02b73d4e/linux-amd64/go1.24, geth, 1.17.5",
    "Geth/v1.101411.3-stable/linux-amd64/go1.22, op-geth, 1.101411.3",
    "besu/v25.7.0/linux-x86_64/openjdk-java-21, besu, 25.7.0",
    "Nethermind/v1.25.4+20b10b35/linux-x64/dotnet8.0.1, nethermind, 1.25.4",
    "reth/v1.1.5-15c230b/x86_64-unknown-linux-gnu, reth, 1.1.5",
    "erigon/2.60.1/linux-amd64/go1.21.5, erigon, 2.60.1",
    "nitro/v3.2.1-d81324d/linux-amd64/go1.23, nitro, 3.2.1",
    "bor/v1.5.3/linux-amd64/go1.22, bor, 1.5.3",
    "anvil/v1.7.1, anvil, 1.7.1",
    "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.3.8, hardhat, 2.29.1",
    "zkSync/v2.0, zksync, 2.0",
    "geth, geth, ''",
    "' GETH ', geth, ''"
  })
  void reads_family_and_version(String text, String family, String version) {
    assertThat(NodeClient.parse(text)).isEqualTo(new NodeClient(family, version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "v0.15.4", "/v1", "123/v1", "<html>", "{}", "Ge\u0000th/v1.0"})
  void anything_else_is_an_unknown_client(String text) {
    assertThat(NodeClient.parse(text)).isEqualTo(NodeClient.UNKNOWN);
  }

  @Test
  void a_very_long_text_is_an_unknown_client() {
    assertThat(NodeClient.parse("geth/v1.2.3/" + "x".repeat(1_000_000)))
        .isEqualTo(NodeClient.UNKNOWN);
  }

  @Test
  void a_client_is_checked_where_it_is_made() {
    assertThatThrownBy(() -> new NodeClient("Geth", "")).hasMessageContaining("'Geth'");
    assertThatThrownBy(() -> new NodeClient("geth", "v1")).hasMessageContaining("'v1'");
  }

  @ParameterizedTest
  @CsvSource({
    "geth >=1.9 <1.13, 1.9.0, true",
    "geth >=1.9 <1.13, 1.12.99, true",
    "geth >=1.9 <1.13, 1.13.0, false",
    "geth >=1.9 <1.13, 1.8.27, false",
    "geth >=1.9 <1.13, 1.10, true",
    "geth >=1.9, '', false",
    "geth <2, '', false",
    "geth, '', true",
    "geth, 9.9, true",
    "besu, 1.13, false"
  })
  void a_range_has_its_first_version_and_not_its_last(String range, String version, boolean in) {
    assertThat(RuleScope.Clients.parse(range).cover(new NodeClient("geth", version))).isEqualTo(in);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Geth", "geth 1.9", "geth >1.9", "geth <1.9 >=1.8", "geth  >=1"})
  void a_range_of_another_form_is_refused(String range) {
    assertThatThrownBy(() -> RuleScope.Clients.parse(range))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be like");
  }
}
