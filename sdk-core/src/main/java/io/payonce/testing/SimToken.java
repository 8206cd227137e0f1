package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An ERC-20 contract: no byte code, only what its transfer does. */
final class SimToken {
  static final long GAS = 52_000;
  static final long REVERT_GAS = 31_000;
  static final Bytes CODE = Bytes.fromHex("0x60806040523661001357600080fd5b00");
  private static final byte[] TRANSFER =
      selector(Erc20Calls.transfer(Address.ZERO, BigInteger.ONE));
  private static final byte[] BALANCE_OF = selector(Erc20Calls.balanceOf(Address.ZERO));
  private static final byte[] DECIMALS = selector(Erc20Calls.decimals());
  private static final BigInteger FEE_DIVISOR = BigInteger.valueOf(100);

  /** Where a token keeps one holder's balance. */
  record Slot(Address token, Address holder) {}

  /** Balances to read and write. */
  interface Balances {
    BigInteger of(Address holder);

    void set(Address holder, BigInteger amount);
  }

  /** A move of tokens that a log tells of. */
  record Move(Address from, Address to, BigInteger amount) {}

  /** What a transfer did; {@code revert} is the reason when it did nothing. */
  record Outcome(@Nullable String revert, List<Move> moves) {}

  /** The decoded arguments of {@code transfer}. */
  record TransferCall(Address to, BigInteger amount) {}

  final Address address;
  final TokenKind kind;
  final int decimals;
  final String symbol;
  final Set<Address> blacklist = new LinkedHashSet<>();
  boolean paused;

  SimToken(Address address, TokenKind kind, int decimals, String symbol) {
    this.address = address;
    this.kind = kind;
    this.decimals = decimals;
    this.symbol = symbol;
    this.paused = kind == TokenKind.PAUSED;
  }

  static @Nullable TransferCall transferCall(Bytes data) {
    byte[] raw = data.toArray();
    if (raw.length != 68 || !starts(raw, TRANSFER)) {
      return null;
    }
    return new TransferCall(
        Address.of(Arrays.copyOfRange(raw, 16, 36)),
        new BigInteger(1, Arrays.copyOfRange(raw, 36, 68)));
  }

  Outcome transfer(Address from, TransferCall call, Balances balances) {
    if (paused) {
      return new Outcome("Pausable: paused", List.of());
    }
    if (blacklist.contains(from) || blacklist.contains(call.to())) {
      return new Outcome("Blacklistable: account is blacklisted", List.of());
    }
    if (kind == TokenKind.LYING_SUCCESS) {
      return new Outcome(null, List.of());
    }
    if (balances.of(from).compareTo(call.amount()) < 0) {
      return new Outcome("ERC20: transfer amount exceeds balance", List.of());
    }
    List<Move> moves = new ArrayList<>(2);
    BigInteger fee =
        kind == TokenKind.FEE_TAKING ? call.amount().divide(FEE_DIVISOR) : BigInteger.ZERO;
    moves.add(new Move(from, call.to(), call.amount().subtract(fee)));
    if (fee.signum() > 0) {
      moves.add(new Move(from, address, fee));
    }
    for (Move move : moves) {
      balances.set(from, balances.of(from).subtract(move.amount()));
      balances.set(move.to(), balances.of(move.to()).add(move.amount()));
    }
    return new Outcome(null, moves);
  }

  /** Answers {@code eth_call}; the caller is who a transfer would be from. */
  String call(Address caller, Bytes data, Balances balances) {
    byte[] raw = data.toArray();
    if (starts(raw, BALANCE_OF) && raw.length == 36) {
      return word(balances.of(Address.of(Arrays.copyOfRange(raw, 16, 36))));
    }
    if (Arrays.equals(raw, DECIMALS)) {
      return word(BigInteger.valueOf(decimals));
    }
    TransferCall call = transferCall(data);
    if (call == null) {
      throw new RpcError(3, "execution reverted", "0x");
    }
    Outcome outcome = transfer(caller, call, balances);
    if (outcome.revert() != null) {
      throw reverted(outcome.revert());
    }
    return kind == TokenKind.NO_RETURN_VALUE ? "0x" : word(BigInteger.ONE);
  }

  static RpcError reverted(String reason) {
    return new RpcError(3, "execution reverted: " + reason, "0x08c379a0");
  }

  static String word(BigInteger value) {
    String hex = value.toString(16);
    return "0x" + "0".repeat(64 - hex.length()) + hex;
  }

  private static byte[] selector(Bytes call) {
    return Arrays.copyOf(call.toArray(), 4);
  }

  private static boolean starts(byte[] data, byte[] selector) {
    return data.length >= 4 && Arrays.equals(data, 0, 4, selector, 0, 4);
  }
}
