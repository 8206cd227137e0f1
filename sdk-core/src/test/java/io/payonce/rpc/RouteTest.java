package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class RouteTest {
  @Test
  void everyone_is_the_default_and_a_private_route_names_each_endpoint_once() {
    assertThat(BroadcastOptions.DEFAULT.route()).isEqualTo(Route.PUBLIC);
    assertThat(BroadcastOptions.EVERYONE.route().endpoints()).isEmpty();
    Route route = Route.privately("relay", "builder-2", "relay");
    assertThat(route.endpoints()).containsExactly("builder-2", "relay");
    assertThat(BroadcastOptions.EVERYONE.by(route).route()).isEqualTo(route);
    assertThat(Route.privatelyUntil(10_000, "relay"))
        .isEqualTo(
            new Route.PrivateThenPublic(
                new TreeSet<>(route.endpoints().stream().skip(1).toList()), 10_000));
  }

  @Test
  void what_is_out_of_range_is_refused_by_name_and_no_url_is_repeated() {
    for (int wrong : new int[] {0, -1, 10_001}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Route.privatelyUntil(wrong, "relay"))
          .withMessageContaining("afterBlocks " + wrong)
          .withMessageContaining("1 to 10000");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Route.Private(new TreeSet<>()))
        .withMessageContaining("1 to 16");
    TreeSet<String> many = new TreeSet<>();
    for (int i = 0; i <= Route.Private.MOST_ENDPOINTS; i++) {
      many.add("relay-" + i);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Route.Private(many))
        .withMessageContaining("are 17");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.privately("https://relay.example/sesame"))
        .withMessageContaining("a-z 0-9")
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("sesame"));
  }
}
