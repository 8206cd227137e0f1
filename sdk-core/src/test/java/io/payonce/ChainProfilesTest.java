package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.ChainProfileException.Code;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChainProfilesTest {
  private static final String NEW_CHAIN =
      """
      {"id": 7777, "name": "Ours", "coin": "OUR", "blockTimeMillis": 1500,
       "feeModel": "LEGACY", "baseFeeDenominator": 8, "baseFeeElasticity": 2, "minBaseFee": 0,
       "minTip": 1000000000, "maxTip": 2000000000, "replacementPercent": 12, "finality": "40",
       "minimumDepth": 20, "safeTag": false, "finalizedTag": false, "txGasCap": 8000000,
       "maxLag": 3}
      """;

  private static String chains(String... entries) {
    return "{\"chains\": [" + String.join(",", entries) + "]}";
  }

  private static void assertInvalid(String json, String... named) {
    assertThatThrownBy(() -> ChainProfiles.builtIn().withOverrides(json))
        .isInstanceOfSatisfying(
            ChainProfileException.class,
            refused -> assertThat(refused.code()).isEqualTo(Code.PROFILE_INVALID))
        .hasMessageContainingAll(named);
  }

  @Test
  void knows_these_chains() {
    assertThat(ChainProfiles.builtIn().all().stream().map(profile -> profile.id().value()))
        .containsExactly(
            1L, 10L, 56L, 100L, 137L, 324L, 8453L, 31337L, 42161L, 43114L, 59144L, 534352L,
            11155111L);
  }

  @Test
  void describes_ethereum_as_its_specifications_do() {
    ChainProfile ethereum = ChainProfiles.builtIn().requireSupported(ChainId.of(1));
    assertThat(ethereum.blockTime()).isEqualTo(Duration.ofSeconds(12));
    assertThat(ethereum.fees().denominator()).isEqualTo(8);
    assertThat(ethereum.fees().elasticity()).isEqualTo(2);
    assertThat(ethereum.limits().txGasCap()).isEqualTo(BigInteger.valueOf(16_777_216));
    assertThat(ethereum.finality()).isEqualTo(new Finality.Finalized());
  }

  @Test
  void headers_are_ethereums_where_that_is_shown_and_a_file_may_say_so_of_others() {
    assertThat(ChainProfiles.builtIn().all().stream().filter(ChainProfile::ethereumHeaders))
        .extracting(profile -> profile.id().value())
        .containsExactly(1L, 10L, 11155111L); // those of HeaderCheckTest
    ChainProfiles ours = ChainProfiles.builtIn().withOverrides(chains(NEW_CHAIN));
    assertThat(ours.require(ChainId.of(7777)).ethereumHeaders()).isFalse();
    String like = NEW_CHAIN.replace("\"maxLag\": 3", "\"maxLag\": 3, \"ethereumHeaders\": true");
    assertThat(like).contains("ethereumHeaders");
    ChainProfile told = ChainProfiles.parse(chains(like)).require(ChainId.of(7777));
    assertThat(told.ethereumHeaders()).isTrue();
    assertThat(told.withFinality(new Finality.Depth(50)).ethereumHeaders()).isTrue();
    assertInvalid(chains(like.replace("true", "1")), "ethereumHeaders", "true or false");
  }

  @Test
  void refuses_by_name_every_chain_whose_fee_has_an_unbuilt_part() {
    for (long id : List.of(10, 8453, 42161, 59144, 534352, 324)) {
      ChainProfile profile = ChainProfiles.builtIn().require(ChainId.of(id));
      assertThatThrownBy(() -> ChainProfiles.builtIn().requireSupported(ChainId.of(id)))
          .isInstanceOfSatisfying(
              ChainProfileException.class,
              refused -> assertThat(refused.code()).isEqualTo(Code.PROFILE_UNSUPPORTED))
          .hasMessageContainingAll(
              "PROFILE_UNSUPPORTED", profile.name(), profile.unsupported().orElseThrow());
    }
    assertThat(ChainProfiles.builtIn().all().stream().filter(p -> p.unsupported().isEmpty()))
        .hasSize(7);
  }

  @Test
  void names_an_unknown_chain_and_what_to_do() {
    assertThat(ChainProfiles.builtIn().find(ChainId.of(7777))).isEmpty();
    assertThatThrownBy(() -> ChainProfiles.builtIn().require(ChainId.of(7777)))
        .isInstanceOfSatisfying(
            ChainProfileException.class,
            refused -> assertThat(refused.code()).isEqualTo(Code.PROFILE_MISSING))
        .hasMessageContainingAll("PROFILE_MISSING", "7777", "profile file");
  }

  @Test
  void overrides_single_fields_and_adds_chains(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("profiles.json");
    Files.writeString(file, chains("{\"id\": 1, \"minTip\": 5, \"finality\": \"64\"}", NEW_CHAIN));
    ChainProfiles profiles = ChainProfiles.withOverrides(file);
    ChainProfile ethereum = profiles.require(ChainId.of(1));
    assertThat(ethereum.fees().minTip()).isEqualTo(Wei.of(5));
    assertThat(ethereum.finality()).isEqualTo(new Finality.Depth(64));
    assertThat(ethereum.name()).isEqualTo("Ethereum");
    assertThat(profiles.require(ChainId.of(7777)).fees().replacementPercent()).isEqualTo(12);
    assertThat(ChainProfiles.builtIn().require(ChainId.of(1)).fees().minTip())
        .isNotEqualTo(Wei.of(5));
    assertThat(ChainProfiles.parse(chains(NEW_CHAIN)).all()).hasSize(1);
  }

  @Test
  void names_the_wrong_field_and_its_value() {
    assertInvalid(
        chains("{\"id\": 1, \"minTipp\": 5}"), "chain 1", "unknown field", "minTipp", "5");
    assertInvalid(chains("{\"id\": 7777, \"name\": \"Ours\"}"), "chain 7777", "lacks", "'coin'");
    assertInvalid(chains("{\"name\": \"Ours\"}"), "without field 'id'");
    assertInvalid(chains(NEW_CHAIN, NEW_CHAIN), "two entries with id 7777");
    assertInvalid(chains("{\"id\": 1, \"id\": 2}"), "id");
    assertInvalid(chains("{\"id\": 1, \"minTip\": \"5\"}"), "'minTip'", "\"5\"");
    assertInvalid(chains("{\"id\": 1, \"minTip\": 1.5}"), "'minTip'", "1.5");
    assertInvalid(chains("{\"id\": 1, \"minTip\": -1}"), "'minTip'", "-1");
    assertInvalid(chains("{\"id\": 1, \"name\": null}"), "'name'", "null");
    assertInvalid(chains("{\"id\": 1, \"feeModel\": \"CHEAP\"}"), "feeModel", "CHEAP");
    assertInvalid(chains("{\"id\": 1, \"replacementPercent\": 9}"), "replacementPercent 9");
    assertInvalid(chains("{\"id\": 1, \"txGasCap\": 20999}"), "txGasCap 20999");
    assertInvalid(chains("{\"id\": 1, \"maxTip\": 1}"), "minTip", "maxTip");
    assertInvalid(chains("{\"id\": 1, \"blockTimeMillis\": 0}"), "blockTime");
    assertInvalid(chains("{\"id\": 0}"), "chainId 0");
    assertInvalid("{\"chain\": []}", "'chains'");
    assertInvalid("[", "not JSON");
    assertInvalid("{\"chains\": []} {}", "not JSON");
    assertInvalid("", "'chains'");
  }

  @Test
  void refuses_a_default_finality_weaker_than_the_minimum() {
    assertInvalid(
        chains("{\"id\": 1, \"finality\": \"11\"}"), "finality 11", "Ethereum", "depth 12");
    ChainProfile ethereum = ChainProfiles.builtIn().require(ChainId.of(1));
    assertThatThrownBy(() -> ethereum.withFinality(new Finality.Depth(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weaker");
    ChainProfile polygon = ChainProfiles.builtIn().require(ChainId.of(137));
    assertThatThrownBy(() -> polygon.withFinality(new Finality.Safe()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(polygon.withFinality(new Finality.Depth(128)).finality())
        .isEqualTo(new Finality.Depth(128));
  }

  @Test
  void cannot_be_told_that_an_unbuilt_part_is_built() {
    assertInvalid(chains("{\"id\": 8453, \"unsupported\": \"\"}"), "8453", "'unsupported'");
    assertInvalid(chains("{\"id\": 8453, \"unsupported\": null}"), "8453", "'unsupported'");
    assertInvalid(chains("{\"id\": 8453, \"unsupported\": false}"), "8453", "'unsupported'");
    ChainProfiles changed =
        ChainProfiles.builtIn().withOverrides(chains("{\"id\": 8453, \"minTip\": 5}"));
    assertThat(changed.require(ChainId.of(8453)).unsupported()).contains("L1 data fee");
  }

  @Test
  void says_which_file_cannot_be_read(@TempDir Path folder) {
    assertThatThrownBy(() -> ChainProfiles.withOverrides(folder.resolve("absent.json")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("absent.json");
  }
}
