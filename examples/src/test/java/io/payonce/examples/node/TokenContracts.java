package io.payonce.examples.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Wei;
import io.payonce.internal.Keccak256;
import io.payonce.testing.MissingPartException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The token contracts of {@code src/test/resources/solidity}, compiled into the build folder when
 * their sources have changed, and deployed on a node. Thread-safe.
 */
public final class TokenContracts {
  private static final String COMPILER = "compile.cjs";
  private static final String PAYOUT = "Payout";

  private TokenContracts() {}

  /** Which token; each is the contract of the same name, and anybody may mint it. */
  public enum Kind {
    STANDARD("StandardToken"),
    /** Its transfer returns nothing. */
    NO_RETURN("NoReturnToken"),
    /** {@code setPaused(bool)} and {@code setBlacklisted(address,bool)} make transfers revert. */
    PAUSABLE("PausableToken"),
    /** The payee gets 1 % less than was sent; two Transfer events say so. */
    FEE_TAKING("FeeTakingToken"),
    /** Its transfer succeeds, moves nothing and says nothing. */
    LYING("LyingToken");

    private final String contract;

    Kind(String contract) {
      this.contract = contract;
    }
  }

  /** A deployed token; calls are sent from the node's first unlocked account and mined at once. */
  public record Token(AnvilNode node, Address address) {
    /** Creates units out of nothing for an account. */
    public void mint(Address account, BigInteger units) {
      execute(call("mint(address,uint256)", word(account), units));
    }

    public BigInteger balanceOf(Address account) {
      return Erc20Calls.integer(node.read(address, Erc20Calls.balanceOf(account))).orElseThrow();
    }

    /** Only a {@link Kind#PAUSABLE} token knows this. */
    public void setPaused(boolean paused) {
      execute(call("setPaused(bool)", flag(paused)));
    }

    /** The same at once and without a transaction, as if it had been so before the head. */
    public void setPausedNow(boolean paused) {
      String first = "0x" + "0".repeat(64); // the slot of the first variable that is no constant
      node.rpc()
          .call(
              "anvil_setStorageAt",
              address.value(),
              first,
              "0x" + "0".repeat(63) + (paused ? 1 : 0));
    }

    /** Only a {@link Kind#PAUSABLE} token knows this. */
    public void setBlacklisted(Address account, boolean blacklisted) {
      execute(call("setBlacklisted(address,bool)", word(account), flag(blacklisted)));
    }

    private void execute(Bytes data) {
      Address sender = node.unlockedAccounts().get(0);
      var receipt = node.mined(node.send(sender, address, Wei.ZERO, data));
      if (!receipt.path("status").asText().equals("0x1")) {
        throw new IllegalStateException("token call reverted: " + receipt);
      }
    }
  }

  /**
   * Compiles where needed and deploys.
   *
   * @param decimals 0 to 255
   * @throws MissingPartException when the compiler is not here and cannot be installed
   */
  public static Token deploy(AnvilNode node, Kind kind, int decimals) throws MissingPartException {
    byte[] code = creationCode(kind.contract).toArray();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(code);
    all.writeBytes(word(BigInteger.valueOf(decimals)));
    return new Token(node, node.deploy(Bytes.of(all.toByteArray())));
  }

  /** The payout contract, which pays tokens that it holds. */
  public static Address deployPayout(AnvilNode node) throws MissingPartException {
    return node.deploy(creationCode(PAYOUT));
  }

  private static Bytes creationCode(String contract) throws MissingPartException {
    try {
      String code = new ObjectMapper().readTree(compiled().toFile()).path(contract).asText();
      return Bytes.fromHex(code);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path compiled() throws MissingPartException {
    Path sources = BuildFolder.path().resolve("solidity");
    return BuildFolder.alone(sources, () -> compiled(sources));
  }

  private static Path compiled(Path sources) throws MissingPartException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(BuildFolder.resource("/node/parts/" + COMPILER));
    all.writeBytes(BuildFolder.resource("/node/parts/package-lock.json"));
    List<String> arguments = new ArrayList<>();
    List<String> contracts = new ArrayList<>(List.of(PAYOUT));
    Stream.of(Kind.values()).forEach(kind -> contracts.add(kind.contract));
    for (String contract : contracts) {
      String resource = "/solidity/" + contract + ".sol";
      all.writeBytes(BuildFolder.resource(resource));
      arguments.add(BuildFolder.copy(resource, sources).toString());
    }
    String digest = Bytes.of(Keccak256.of(all.toByteArray())).toHex().substring(2, 18);
    Path target = sources.resolve("contracts-" + digest + ".json");
    if (!Files.exists(target)) {
      arguments.add(0, target.toString());
      NpmPackages.PARTS.run(COMPILER, arguments.toArray(String[]::new));
    }
    return target;
  }

  private static Bytes call(String signature, BigInteger... words) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.write(Keccak256.of(signature.getBytes(StandardCharsets.US_ASCII)), 0, 4);
    for (BigInteger each : words) {
      data.writeBytes(word(each));
    }
    return Bytes.of(data.toByteArray());
  }

  private static BigInteger word(Address account) {
    return new BigInteger(1, account.toArray());
  }

  private static BigInteger flag(boolean value) {
    return value ? BigInteger.ONE : BigInteger.ZERO;
  }

  private static byte[] word(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] word = new byte[32];
    int start = bytes.length == 33 ? 1 : 0;
    System.arraycopy(bytes, start, word, 32 - (bytes.length - start), bytes.length - start);
    return word;
  }
}
