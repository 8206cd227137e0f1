package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.Finality;
import io.payonce.Wei;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pool still knows after a restart, and what happens when it does not. */
final class RoutingStateTest {
  private static final String KEY = "markedpathkey42";
  private static final CreditTable TABLE =
      new CreditTable(
          "own",
          URI.create("https://contract.example/"),
          LocalDate.of(2026, 1, 1),
          0,
          new TreeMap<>(Map.of("eth_gasPrice", 10L)));

  /** As long as it takes that another thread is given its turn. */
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  @TempDir private Path folder;
  private final List<String> news = new ArrayList<>();
  private Path file;
  private long finalHeight = 50;
  private char fork = 'a';

  @BeforeEach
  void place() {
    file = folder.resolve("routing.state");
  }

  private static String block(long number, char fork) {
    return String.format("{\"number\":\"0x%x\",\"hash\":\"0x%c%063x\"}", number, fork, number);
  }

  private Rig rig() {
    return rig("a", "b", "c");
  }

  /** A pool of a new process on the same file. */
  private Rig rig(String... names) {
    return rig(FileRoutingStateStore.at(file), names);
  }

  private Rig rig(RoutingStateStore store, String... names) {
    Rig rig = new Rig(Rig.CHAIN.withFinality(new Finality.Finalized())).store(store);
    for (String name : names) {
      rig.endpoint(
          Endpoint.builder(name, name, SecretUri.of("https://" + name + ".example/v3/" + KEY))
              .credits(TABLE, 10_000)
              .build());
      rig.at(name).script =
          request ->
              switch (request.method()) {
                case "eth_getBlockByNumber" -> {
                  String at = request.params().get(0).asText();
                  long number =
                      at.startsWith("0x") ? Long.parseLong(at.substring(2), 16) : finalHeight;
                  yield result(block(number, fork));
                }
                case "eth_getLogs" -> ScriptedTransport.error(-32601, "no such method");
                default -> text("0x5");
              };
    }
    rig.listener(
        new RoutingListener() {
          @Override
          public void stateUnreadable(String why) {
            news.add("unreadable: " + why);
          }

          @Override
          public void stateNotSaved(String why) {
            news.add("not saved: " + why);
          }

          @Override
          public void finalityContradicted(BlockRef before, BlockRef now) {
            news.add("contradicted: " + before.number());
          }

          @Override
          public void votersChanged(Set<Operator> before, Set<Operator> now) {
            news.add(before + " are " + now);
          }
        });
    return rig;
  }

  /** A store that has nothing yet. */
  private static RoutingStateStore saving(Consumer<RoutingState> save) {
    return new RoutingStateStore() {
      @Override
      public Optional<RoutingState> load() {
        return Optional.empty();
      }

      @Override
      public void save(RoutingState state) {
        save.accept(state);
      }
    };
  }

  private static RpcOutcome<Wei> call(Rig rig) {
    return rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
  }

  private static <T> QuorumResult<T> ask(Rig rig, Fact<T> fact) {
    return rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
  }

  private static <T> T agreed(Rig rig, Fact<T> fact) {
    return ((QuorumResult.Agreed<T>) ask(rig, fact)).value();
  }

  private void makeFinal(Rig rig) {
    long height = agreed(rig, new Fact.Height(BlockTag.FINALIZED));
    agreed(rig, new Fact.BlockRefAt(height));
    rig.time.runFor(AT_ONCE);
  }

  private static RoutingState stored(Path file) {
    return FileRoutingStateStore.at(file).load().orElseThrow();
  }

  private static long spent(Rig rig) {
    return rig.pool().health().stream()
        .mapToLong(health -> health.credits().orElseThrow().spent())
        .sum();
  }

  @Test
  void credits_of_the_month_survive_a_restart() {
    Rig first = rig();
    for (int i = 0; i < 10; i++) {
      call(first);
    }
    first.pool().close();
    first.time.runFor(Duration.ofSeconds(5));
    Rig second = rig();
    assertThat(spent(second)).isEqualTo(100);
    call(second);
    assertThat(spent(second)).isEqualTo(110);
  }

  @Test
  void a_quarantine_survives_a_crash_that_comes_at_once_and_ends_by_a_person_alone() {
    Rig first = rig();
    first.at("b").script = request -> text(Rig.transaction(2).hash().value());
    first.await(first.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    assertThat(first.health("b").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    // No close, and hardly any time: the process is gone.
    first.time.runFor(AT_ONCE);
    Rig second = rig();
    second.time.runFor(Duration.ofHours(2));
    assertThat(second.health("b").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    assertThat(second.health("b").reason()).isEqualTo(first.health("b").reason()).isNotEmpty();
    for (int i = 0; i < 50; i++) {
      call(second);
    }
    assertThat(second.at("b").count("eth_gasPrice")).isZero();
    assertThat(second.pool().release("b", "ann")).isTrue();
    second.time.runFor(Duration.ofSeconds(1));
    assertThat(rig().health("b").state()).isNotEqualTo(EndpointHealth.State.QUARANTINED);
  }

  @Test
  void what_an_endpoint_cost_and_that_it_lied_outlives_a_process_that_does_not_have_it() {
    Rig first = rig();
    for (int i = 0; i < 30; i++) {
      call(first);
    }
    first.at("b").script = request -> text(Rig.transaction(2).hash().value());
    first.await(first.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    long before = first.health("b").credits().orElseThrow().spent();
    first.pool().close();
    first.time.runFor(Duration.ofSeconds(5));
    Rig without = rig("a", "c");
    makeFinal(without);
    without.pool().close();
    without.time.runFor(Duration.ofSeconds(5));
    Rig again = rig();
    assertThat(again.health("b").state()).isEqualTo(EndpointHealth.State.QUARANTINED);
    assertThat(again.health("b").credits().orElseThrow().spent()).isEqualTo(before).isPositive();
  }

  @Test
  void a_quarantine_is_not_that_of_another_operator_with_the_same_name() {
    Rig first = rig();
    first.at("b").script = request -> text(Rig.transaction(2).hash().value());
    first.await(first.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    Rig second = new Rig().store(FileRoutingStateStore.at(file));
    second.endpoint("b", "other").endpoint("c", "c");
    assertThat(second.health("b").state()).isEqualTo(EndpointHealth.State.UP);
  }

  @Test
  void the_final_height_never_goes_back_behind_a_restart() {
    Rig first = rig();
    makeFinal(first);
    assertThat(stored(file).finalized().orElseThrow().number()).isEqualTo(50);
    finalHeight = 40;
    Rig second = rig();
    assertThat(agreed(second, new Fact.Height(BlockTag.FINALIZED))).isEqualTo(50);
    finalHeight = 60;
    makeFinal(second);
    assertThat(stored(file).finalized().orElseThrow().number()).isEqualTo(60);
    assertThat(news).isEmpty();
  }

  @Test
  void another_block_at_a_final_height_is_told_once() {
    makeFinal(rig());
    fork = 'b';
    Rig second = rig();
    makeFinal(second);
    makeFinal(second);
    second.time.runFor(Duration.ofSeconds(1));
    assertThat(news).containsExactly("contradicted: 50");
  }

  @Test
  void missing_methods_are_not_tried_again_and_other_voters_are_told() {
    Rig first = rig();
    var logs =
        new io.payonce.rpc.RpcRequest<Object>("eth_getLogs", List.of(Map.of()), json -> json);
    first.await(first.pool().call(logs, CallOptions.DEFAULT));
    first.time.runFor(Duration.ofSeconds(3));
    assertThat(stored(file).missing().values())
        .anyMatch(methods -> methods.containsKey("eth_getLogs"));
    rig("a", "b", "d").pool();
    assertThat(stored(file).voters()).hasSize(3);
    Rig last = rig("a", "b", "d");
    last.pool();
    last.time.runFor(Duration.ofSeconds(3));
    assertThat(stored(file).voters()).contains(new Operator("d"));
  }

  @Test
  void what_changes_often_is_saved_once_a_second_at_most() {
    int[] saves = {0};
    Rig rig = rig(saving(state -> saves[0]++), "a", "b");
    for (int i = 0; i < 1_000; i++) {
      call(rig);
    }
    long seconds = Duration.between(rig.start, rig.time.now()).toSeconds();
    assertThat(saves[0]).isBetween(2, (int) seconds + 2);
  }

  @Test
  void a_torn_or_altered_file_is_told_and_blocks_critical_reads_until_a_person_accepts_it()
      throws IOException {
    makeFinal(rig());
    byte[] whole = Files.readAllBytes(file);
    long seed = 11;
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      byte[] bad = whole.clone();
      if (i % 2 == 0) {
        bad = java.util.Arrays.copyOf(bad, random.nextInt(bad.length));
      } else {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(7));
      }
      Files.write(file, bad);
      assertThatThrownBy(() -> stored(file))
          .as("seed %d", seed)
          .isInstanceOf(RoutingStateException.class);
    }
    Rig rig = rig();
    byte[] torn = Files.readAllBytes(file);
    assertThat(ask(rig, new Fact.Height(BlockTag.FINALIZED)).toString())
        .contains("Unavailable", "acceptLostState");
    assertThat(call(rig)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(
            rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE))
                .answers())
        .isNotEmpty();
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(news).hasSize(1).allMatch(said -> said.startsWith("unreadable: "));
    assertThat(Files.readAllBytes(file)).isEqualTo(torn); // it is evidence
    assertThat(rig.pool().acceptLostState("ann")).isTrue();
    assertThat(rig.pool().acceptLostState("ann")).isFalse();
    makeFinal(rig);
    assertThat(stored(file).finalized()).isPresent();
  }

  @Test
  void the_file_of_another_chain_is_refused() {
    RoutingState other =
        new RoutingState(
            ChainId.of(2),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            Optional.empty(),
            Set.of(),
            new TreeMap<>());
    FileRoutingStateStore.at(file).save(other);
    Rig rig = rig();
    assertThat(ask(rig, new Fact.Height(BlockTag.FINALIZED)).toString())
        .contains("of another chain");
  }

  @Test
  void a_full_disk_is_told_once_and_the_old_file_stays_until_there_is_room() throws IOException {
    Rig rig = rig();
    makeFinal(rig);
    // What is written beside goes to a device that is always full.
    Path next = folder.resolve("routing.state.new");
    Files.createSymbolicLink(next, Path.of("/dev/full"));
    finalHeight = 70;
    makeFinal(rig);
    for (int i = 0; i < 20; i++) {
      call(rig);
      rig.time.runFor(Duration.ofSeconds(5));
    }
    assertThat(news).containsExactly("not saved: the routing state cannot be written: IOException");
    assertThat(stored(file).finalized().orElseThrow().number()).isEqualTo(50);
    Files.delete(next);
    rig.time.runFor(Duration.ofSeconds(11));
    assertThat(stored(file).finalized().orElseThrow().number()).isEqualTo(70);
  }

  @Test
  void a_store_that_throws_an_error_is_told_and_saves_later() {
    List<RoutingState> saved = new ArrayList<>();
    int[] tries = {0};
    RoutingStateStore store =
        saving(
            state -> {
              if (tries[0]++ == 0) {
                throw new NoClassDefFoundError("of a driver");
              }
              saved.add(state);
            });
    Rig rig = rig(store, "a", "b");
    rig.pool();
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(news)
        .containsExactly("not saved: the store of the routing state threw NoClassDefFoundError");
    assertThat(saved).isNotEmpty();
  }

  @Test
  void a_folder_that_is_gone_is_no_first_start() throws IOException {
    makeFinal(rig());
    Files.move(folder.resolve("routing.state"), folder.resolve("kept"));
    assertThat(FileRoutingStateStore.at(file).load()).isEmpty();
    Path gone = folder.resolve("not-mounted").resolve("routing.state");
    assertThatThrownBy(() -> FileRoutingStateStore.at(gone).load())
        .isInstanceOf(RoutingStateException.class)
        .hasMessageContaining("folder")
        .hasMessageNotContaining("not-mounted");
    Rig rig = rig(FileRoutingStateStore.at(gone), "a", "b", "c");
    assertThat(ask(rig, new Fact.Height(BlockTag.FINALIZED)).toString())
        .contains("Unavailable", "acceptLostState");
  }

  @Test
  void the_final_height_never_goes_back_without_a_store_either() {
    Rig rig = rig((RoutingStateStore) null, "a", "b", "c");
    makeFinal(rig);
    finalHeight = 40;
    assertThat(agreed(rig, new Fact.Height(BlockTag.FINALIZED))).isEqualTo(50);
    finalHeight = 50;
    fork = 'b';
    makeFinal(rig);
    assertThat(news).containsExactly("contradicted: 50");
  }

  @Test
  void an_interrupted_thread_that_closes_the_pool_saves_what_is_known_all_the_same() {
    Rig rig = rig();
    makeFinal(rig);
    long before = spent(rig);
    for (int i = 0; i < 10; i++) {
      call(rig);
    }
    assertThat(spent(rig)).isEqualTo(before + 100);
    Thread.currentThread().interrupt();
    rig.pool().close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(stored(file).credits().values())
        .extracting(RoutingState.Spent::credits)
        .isNotEmpty();
    assertThat(spent(rig())).isEqualTo(before + 100);
  }

  @Test
  void neither_key_nor_url_is_in_the_file() throws IOException {
    Rig rig = rig();
    rig.at("b").chainId = "0x2";
    makeFinal(rig);
    call(rig);
    rig.time.runFor(Duration.ofSeconds(5));
    assertThat(stored(file).quarantines()).containsKey("b");
    assertThat(Files.readString(file, StandardCharsets.UTF_8))
        .contains("strange b b serves chain 2")
        .doesNotContain(KEY, "example", "http");
    assertThat(folder.toFile().list()).containsExactly("routing.state");
  }
}
