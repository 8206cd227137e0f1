package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.store.ConsumerClass;
import io.payonce.store.LaneOffer;
import io.payonce.store.StoredLane.LaneState;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The columns of a lane that hold more than one plain value. */
final class LaneColumns {
  private static final String ROOM = "room";

  private LaneColumns() {}

  /** The column {@code state}, which knows one way to pause. */
  static String state(LaneState state) {
    return switch (state) {
      case ACTIVE -> "ACTIVE";
      case PAUSED, SIGNING_PAUSED, ALL_PAUSED -> "PAUSED";
      case FROZEN -> "FROZEN";
    };
  }

  /** The column {@code paused}: what is paused, if the lane is. */
  static String paused(LaneState state) {
    return switch (state) {
      case ACTIVE, PAUSED, FROZEN -> "BINDING";
      case SIGNING_PAUSED -> "SIGNING";
      case ALL_PAUSED -> "ALL";
    };
  }

  static LaneState state(String state, String paused) {
    LaneState known = LaneState.valueOf(state);
    if (known != LaneState.PAUSED) {
      return known;
    }
    return switch (paused) {
      case "SIGNING" -> LaneState.SIGNING_PAUSED;
      case "ALL" -> LaneState.ALL_PAUSED;
      default -> LaneState.PAUSED;
    };
  }

  /** The column {@code consumed_by}; others say more of what took a nonce. */
  static ConsumerClass consumer(ConsumerClass by) {
    return switch (by) {
      case FOREIGN, AUTH_7702, CODE_7702 -> ConsumerClass.FOREIGN;
      case HOST -> ConsumerClass.PAYMENT;
      case HOST_REVERTED -> ConsumerClass.REVERTED;
      case PAYMENT, REVERTED, UNPROVEN, CANCEL, FILL -> by;
    };
  }

  /** What the column means where {@code host} is set. */
  static ConsumerClass host(ConsumerClass column) {
    return column == ConsumerClass.PAYMENT ? ConsumerClass.HOST : ConsumerClass.HOST_REVERTED;
  }

  /** One JSON object: assets by their column text, and the room. */
  static String offer(LaneOffer offer) {
    Map<String, String> entries = new TreeMap<>();
    offer.available().forEach((asset, units) -> entries.put(asset(asset), units.toString()));
    entries.put(ROOM, Integer.toString(offer.room()));
    return MetadataJson.write(entries);
  }

  static Optional<LaneOffer> offer(ChainId chain, Optional<String> json) {
    return json.map(MetadataJson::read).map(entries -> offer(chain, entries));
  }

  private static LaneOffer offer(ChainId chain, Map<String, String> entries) {
    Map<Asset, BigInteger> available = new HashMap<>(); // sorted by the offer
    entries.forEach(
        (name, value) -> {
          if (!name.equals(ROOM)) {
            available.put(asset(chain, name), new BigInteger(value));
          }
        });
    return new LaneOffer(available, Integer.parseInt(entries.getOrDefault(ROOM, "0")));
  }

  /** The column {@code asset}. */
  static String asset(Asset asset) {
    return asset instanceof Asset.Erc20 token ? token.contract().value() : TransferRow.NATIVE;
  }

  static Asset asset(ChainId chain, String text) {
    return text.equals(TransferRow.NATIVE)
        ? new Asset.Native(chain)
        : new Asset.Erc20(chain, Address.of(text));
  }
}
