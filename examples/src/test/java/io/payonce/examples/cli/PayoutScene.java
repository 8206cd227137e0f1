package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.TestPostgres;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.testing.FaultProxy;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A wallet, a file of rows and a journal for one test, on a node that tests share. */
final class PayoutScene {
  private final AnvilNode node;
  private final List<FaultProxy> operators;
  private final Path folder;
  private final Optional<TestPostgres> postgres;
  private final String key;
  private final Address wallet;

  /**
   * A wallet with ten coins, and a file for its journal.
   *
   * @param number makes its key; different in each test
   */
  PayoutScene(AnvilNode node, List<FaultProxy> operators, Path folder, int number) {
    this(node, operators, folder, Optional.empty(), number);
  }

  /** The same with its journal in this server. */
  PayoutScene(
      AnvilNode node, List<FaultProxy> operators, Path folder, TestPostgres postgres, int number) {
    this(node, operators, folder, Optional.of(postgres), number);
  }

  private PayoutScene(
      AnvilNode node,
      List<FaultProxy> operators,
      Path folder,
      Optional<TestPostgres> postgres,
      int number) {
    this.node = node;
    this.operators = operators;
    this.folder = folder;
    this.postgres = postgres;
    this.key =
        "%064x"
            .formatted(new BigInteger("7a11e7", 16).shiftLeft(64).add(BigInteger.valueOf(number)));
    byte[] bytes = new byte[32];
    byte[] value = new BigInteger(key, 16).toByteArray();
    System.arraycopy(value, 0, bytes, 32 - value.length, value.length);
    try (SoftwareKey opened =
        SoftwareKey.fromBytes(bytes, InsecureKeyAccess.acknowledge("a test's own key"))) {
      this.wallet = opened.address();
    }
    node.setBalance(wallet, Wei.ofCoins("10"));
  }

  Address wallet() {
    return wallet;
  }

  String key() {
    return key;
  }

  Path journal() {
    return folder.resolve("journal.db");
  }

  /** As {@code --journal} wants it. */
  String location() {
    return postgres.map(TestPostgres::location).orElse(journal().toString());
  }

  Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>(Map.of("PAYONCE_KEY", key));
    postgres.ifPresent(server -> environment.putAll(server.environment(TestPostgres.APP)));
    return environment;
  }

  /** A payee that nobody else in these tests pays. */
  Address payee(int row) {
    byte[] bytes = Arrays.copyOf(wallet.toArray(), 20);
    bytes[18] = (byte) 0xee;
    bytes[19] = (byte) row;
    return Address.of(bytes);
  }

  Path csv(String... rows) throws IOException {
    Path file = folder.resolve("rows.csv");
    List<String> lines = new ArrayList<>(List.of("key,asset,to,amount"));
    lines.addAll(Arrays.asList(rows));
    return Files.write(file, lines);
  }

  /** The first operators by name, as {@code --rpc} wants them. */
  String rpc(int count) {
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      urls.add("operator-" + (char) ('a' + i) + "=" + operators.get(i).url());
    }
    return String.join(",", urls);
  }

  /** A payout through three operators that asks nothing. */
  List<String> payout(Path csv, String... more) {
    List<String> args = command("payout", more);
    args.addAll(List.of("--csv", csv.toString()));
    return args;
  }

  /** A command that writes, through three operators, and asks nothing. */
  List<String> command(String name, String... more) {
    List<String> args = new ArrayList<>(List.of(name, "--rpc", rpc(3), "--yes"));
    args.addAll(List.of("--journal", location(), "--timeout", "60s"));
    args.addAll(Arrays.asList(more));
    return args;
  }

  CliRun run(List<String> args) {
    return CliRun.of(environment(), args);
  }

  Wei balance(int row) {
    return node.balance(payee(row));
  }

  long paidTransactions() {
    return node.latestNonce(wallet);
  }
}
