package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.Settlement;
import io.payonce.TokenAmount;
import io.payonce.internal.Keccak256;
import io.payonce.submit.SettlementProof;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A payout contract of a {@link SimulatedChain}: no byte code, only what its call does. It pays
 * coins from what the call sends, and tokens from the caller's balance. A payee that it was told of
 * refuses; then the whole call reverts, or, when it is best-effort, that payment is left out and
 * the contract logs {@code Failed} with its position. It logs {@code Paid} with the position for
 * coins, and the token logs its transfers itself.
 */
public final class SimulatedPayout {
  static final Bytes CODE = Bytes.fromHex("0x6080604052600080fd00");
  static final Bytes PAID = event("Paid(uint256)");
  static final Bytes FAILED = event("Failed(uint256)");

  private static final int HEAD = 20;
  private static final int ROW = 20 + 32;
  private static final long GAS_PER_ROW = 53_000;

  final Address address;
  final boolean bestEffort;
  final Set<Address> refusing = new LinkedHashSet<>();

  SimulatedPayout(Address address, boolean bestEffort) {
    this.address = address;
    this.bestEffort = bestEffort;
  }

  /** One payment of a call. */
  record Row(Address to, BigInteger units) {}

  /** A call, decoded; the token is the zero address for coins. */
  record Call(Address token, List<Row> rows) {
    BigInteger sum() {
      return rows.stream().map(Row::units).reduce(BigInteger.ZERO, BigInteger::add);
    }

    long gas(Bytes data) {
      return BlockBuilder.intrinsicGas(data) + rows.size() * GAS_PER_ROW;
    }
  }

  /** The data of the call that pays these members, all in one asset. */
  public static Bytes call(List<GroupMember> members) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Address token =
        members.get(0).amount().asset() instanceof Asset.Erc20 erc20
            ? erc20.contract()
            : Address.ZERO;
    data.writeBytes(token.toArray());
    for (GroupMember member : members) {
      data.writeBytes(member.to().toArray());
      data.writeBytes(word(member.amount().units()).toArray());
    }
    return Bytes.of(data.toByteArray());
  }

  /** A gas limit that is enough for these members. */
  public static BigInteger gasLimit(List<GroupMember> members) {
    Bytes data = call(members);
    return BigInteger.valueOf(decode(data).gas(data));
  }

  /** What a call moves, all its payments together; throws for what is no call. */
  public static TokenAmount sum(ChainId chain, Bytes data) {
    Call call = decode(data);
    return TokenAmount.of(
        call.token().isZero() ? new Asset.Native(chain) : new Asset.Erc20(chain, call.token()),
        call.sum());
  }

  /** Throws {@link IllegalArgumentException} for what is no call. */
  static Call decode(Bytes data) {
    byte[] raw = data.toArray();
    if (raw.length < HEAD + ROW || (raw.length - HEAD) % ROW != 0) {
      throw new IllegalArgumentException("no payout call: " + data);
    }
    List<Row> rows = new ArrayList<>();
    for (int at = HEAD; at < raw.length; at += ROW) {
      rows.add(
          new Row(
              Address.of(Arrays.copyOfRange(raw, at, at + 20)),
              new BigInteger(1, Arrays.copyOfRange(raw, at + 20, at + ROW))));
    }
    return new Call(Address.of(Arrays.copyOf(raw, HEAD)), rows);
  }

  /** Reads the logs of these contracts: what it logged as failed is not paid. */
  public static SettlementProof proof() {
    return SimulatedPayout::prove;
  }

  private static List<Settlement> prove(Address wallet, Group group, Receipt receipt) {
    Map<Integer, Long> paid = positions(group, receipt, PAID);
    Map<Integer, Long> failed = positions(group, receipt, FAILED);
    Set<Long> used = new LinkedHashSet<>();
    List<Settlement> settlements = new ArrayList<>();
    for (int i = 0; i < group.members().size(); i++) {
      GroupMember member = group.members().get(i);
      if (failed.containsKey(i)) {
        settlements.add(paid.containsKey(i) ? Settlement.UNKNOWN : Settlement.NOT_PAID);
      } else if (group.asset() instanceof Asset.Erc20 token) {
        settlements.add(
            receipt.logs().stream()
                .filter(log -> log.address().equals(token.contract()))
                .filter(log -> isOf(log, wallet, member))
                .filter(log -> used.add(log.index()))
                .findFirst()
                .map(log -> Settlement.paid(log.index()))
                .orElse(Settlement.UNKNOWN));
      } else {
        Long log = paid.get(i);
        settlements.add(log == null ? Settlement.UNKNOWN : Settlement.paid(log));
      }
    }
    return settlements;
  }

  private static boolean isOf(Log log, Address wallet, GroupMember member) {
    return Erc20Calls.transferLog(log)
        .filter(move -> move.from().equals(wallet) && move.to().equals(member.to()))
        .filter(move -> move.units().equals(member.amount().units()))
        .isPresent();
  }

  private static Map<Integer, Long> positions(Group group, Receipt receipt, Bytes event) {
    Map<Integer, Long> positions = new TreeMap<>();
    for (Log log : receipt.logs()) {
      if (log.address().equals(group.contract()) && log.topics().equals(List.of(event))) {
        positions.put(new BigInteger(1, log.data().toArray()).intValueExact(), log.index());
      }
    }
    return positions;
  }

  static Bytes word(BigInteger value) {
    return Bytes.fromHex(SimToken.word(value));
  }

  private static Bytes event(String signature) {
    return Bytes.of(Keccak256.of(signature.getBytes(StandardCharsets.US_ASCII)));
  }
}
