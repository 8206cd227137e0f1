package io.payonce;

import io.payonce.internal.Hex;
import io.payonce.internal.Keccak256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The three calls and the one event of EIP-20 that a payment needs, in Solidity's ABI. */
public final class Erc20Calls {
  private static final byte[] TRANSFER = selector("transfer(address,uint256)");
  private static final byte[] BALANCE_OF = selector("balanceOf(address)");
  private static final byte[] DECIMALS = selector("decimals()");

  /** Topic of {@code Transfer(address indexed, address indexed, uint256)}. */
  public static final Bytes TRANSFER_EVENT =
      Bytes.of(
          Keccak256.of("Transfer(address,address,uint256)".getBytes(StandardCharsets.US_ASCII)));

  private Erc20Calls() {}

  public static Bytes transfer(Address to, BigInteger units) {
    return concat(TRANSFER, word(to.toArray()), word(units));
  }

  public static Bytes balanceOf(Address account) {
    return concat(BALANCE_OF, word(account.toArray()));
  }

  public static Bytes decimals() {
    return Bytes.of(DECIMALS);
  }

  /** What a call of {@code transfer} asks for. */
  public record TransferCall(Address to, BigInteger units) {}

  /** The arguments, if these bytes are exactly a call of {@code transfer}. */
  public static Optional<TransferCall> transferCall(Bytes data) {
    byte[] bytes = data.toArray();
    boolean isTransfer =
        bytes.length == 68 && Arrays.equals(TRANSFER, Arrays.copyOf(bytes, TRANSFER.length));
    if (!isTransfer) {
      return Optional.empty();
    }
    Address to = Address.of(Arrays.copyOfRange(bytes, 16, 36));
    TransferCall call = new TransferCall(to, new BigInteger(1, Arrays.copyOfRange(bytes, 36, 68)));
    return transfer(call.to(), call.units()).equals(data) ? Optional.of(call) : Optional.empty();
  }

  /** The unsigned integer of a 32-byte answer; empty when it is not exactly one word. */
  public static Optional<BigInteger> integer(Bytes answer) {
    return answer.size() == 32
        ? Optional.of(new BigInteger(1, answer.toArray()))
        : Optional.empty();
  }

  /** What a Transfer log tells. */
  public record TransferLog(Address from, Address to, BigInteger units) {}

  /** What this log tells, if it is a Transfer log as EIP-20 has it. */
  public static Optional<TransferLog> transferLog(Log log) {
    if (log.topics().size() != 3 || !log.topics().get(0).equals(TRANSFER_EVENT)) {
      return Optional.empty();
    }
    Optional<Address> from = address(log.topics().get(1));
    Optional<Address> to = address(log.topics().get(2));
    Optional<BigInteger> units = integer(log.data());
    return from.isPresent() && to.isPresent() && units.isPresent()
        ? Optional.of(new TransferLog(from.get(), to.get(), units.get()))
        : Optional.empty();
  }

  private static Optional<Address> address(Bytes word) {
    Address address = Address.of(Arrays.copyOfRange(word.toArray(), 12, 32));
    return Bytes.of(word(address.toArray())).equals(word) ? Optional.of(address) : Optional.empty();
  }

  /** What the receipt's Transfer logs of a token moved from one account to another, summed. */
  public static BigInteger moved(Receipt receipt, Address token, Address from, Address to) {
    Bytes fromWord = Bytes.of(word(from.toArray()));
    Bytes toWord = Bytes.of(word(to.toArray()));
    return receipt.logs().stream()
        .filter(log -> log.address().equals(token))
        .filter(log -> log.topics().size() == 3 && log.topics().get(0).equals(TRANSFER_EVENT))
        .filter(log -> log.topics().get(1).equals(fromWord) && log.topics().get(2).equals(toWord))
        .flatMap(log -> integer(log.data()).stream())
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private static byte[] selector(String signature) {
    return Arrays.copyOf(Keccak256.of(signature.getBytes(StandardCharsets.US_ASCII)), 4);
  }

  private static byte[] word(byte[] bytes) {
    byte[] out = new byte[32];
    System.arraycopy(bytes, 0, out, 32 - bytes.length, bytes.length);
    return out;
  }

  private static byte[] word(BigInteger value) {
    String hex = value.toString(16);
    return Hex.decode("word", "0x" + "0".repeat(64 - hex.length()) + hex);
  }

  private static Bytes concat(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] out = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return Bytes.of(out);
  }
}
