package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.routing.Endpoint.Role;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Endpoints as data: each is usable, none has a key, and nobody uses one unasked. */
final class PresetsTest {
  private static final String KEY = "markedkey42markedkey42";

  @Test
  void public_endpoints_read_and_vote_and_say_where_they_are_from() {
    List<String> names = new ArrayList<>();
    for (ChainProfile chain : ChainProfiles.builtIn().all()) {
      for (Presets.PublicEndpoint one : Presets.publicEndpoints(chain.id())) {
        names.add(one.name());
        Endpoint endpoint = one.endpoint();
        assertThat(endpoint.roles()).containsExactlyInAnyOrder(Role.READ, Role.VOTE);
        assertThat(endpoint.tier()).isEqualTo(Endpoint.Tier.COMMUNITY);
        assertThat(one.source().getScheme()).isEqualTo("https");
        assertThat(one.checked()).isAfter(LocalDate.of(2026, 1, 1));
        assertThat(one.terms()).isNotBlank();
        RpcPool.builder(chain).endpoint(endpoint).singleOperator(true).build().close();
      }
    }
    assertThat(names).containsExactlyInAnyOrder("gnosis-public", "gateway-public", "avax-public");
    assertThat(Presets.publicEndpoints(ChainId.of(1))).isEmpty();
  }

  @Test
  void a_vendors_url_takes_the_key_and_shows_it_nowhere() {
    Endpoint endpoint =
        Presets.vendor("alchemy", ChainId.of(1), Secret.of(KEY))
            .credits(CreditTable.of("alchemy"), 1_000_000)
            .build();
    // https://www.alchemy.com/docs/make-your-first-request
    assertThat(endpoint.uri().reveal()).isEqualTo("https://eth-mainnet.g.alchemy.com/v2/" + KEY);
    assertThat(endpoint.toString() + endpoint.uri()).doesNotContain(KEY);
    assertThat(endpoint.mask("refused " + KEY)).isEqualTo("refused ***");
    RpcPool.builder(Rig.CHAIN).endpoint(endpoint).singleOperator(true).build().close();
  }

  @Test
  void what_is_not_known_is_refused_without_the_key() {
    assertThatThrownBy(() -> Presets.vendor("alchemy", ChainId.of(2), Secret.of(KEY)))
        .hasMessageContaining("known are [alchemy 1, infura 43114]")
        .hasMessageNotContaining(KEY);
    assertThatThrownBy(() -> Presets.vendor("alchemy", ChainId.of(1), Secret.of(KEY + "/../x")))
        .hasMessageContaining("8 to 128")
        .hasMessageNotContaining(KEY);
  }
}
