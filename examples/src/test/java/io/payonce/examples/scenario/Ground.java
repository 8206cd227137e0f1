package io.payonce.examples.scenario;

import io.payonce.testing.RequiredPart;
import io.payonce.testing.VirtualTime;
import java.util.List;

/** What stories are played on. */
enum Ground {
  /** The chain of {@code io.payonce.testing}, with pools of four client families. */
  SIMULATED {
    @Override
    World world(VirtualTime time, List<String> providers, long seed) {
      return new SimulatedWorld(time, providers, seed);
    }
  },
  /** One real EVM node behind every provider. */
  ANVIL {
    @Override
    World world(VirtualTime time, List<String> providers, long seed) {
      return RequiredPart.orSkip(() -> AnvilWorld.create(time, providers, seed));
    }
  };

  abstract World world(VirtualTime time, List<String> providers, long seed);
}
