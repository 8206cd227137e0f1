package io.payonce.internal;

import io.payonce.BlockHash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a block, as {@code eth_getBlockBy*} shows it, has the hash that it names: the hash is
 * Keccak-256 of the RLP of the header (yellow paper, 4.3), so it needs nobody's word.
 *
 * <p>Known are the headers of the Ethereum forks so far: the fifteen fields of the first one, and
 * each that was appended since: the base fee (London, EIP-1559), the root of withdrawals (Shanghai,
 * EIP-4895), blob gas and the beacon root (Cancun, EIP-4844 and 4788) and the hash of requests
 * (Prague, EIP-7685). Only a header of all these fields and no other can be found {@link False}:
 * one with more may be hashed in a way that is not known here, and one with fewer may come from an
 * honest node that does not show the newest field yet. Pure; about 2 us.
 */
public sealed interface HeaderCheck {
  /** The header gives the hash: every field of it is as the hash commits to it. */
  record Proven(Roots roots) implements HeaderCheck {}

  /** The header has another form than those known here: it says neither yes nor no. */
  record Unverifiable(String why) implements HeaderCheck {}

  /** The header has a known form and gives another hash than it names. */
  record False(String why) implements HeaderCheck {}

  /**
   * What a proven header commits to.
   *
   * @param state root of all accounts after the block
   * @param bloom which addresses and topics its logs may have; 256 bytes
   */
  record Roots(BlockHash hash, byte[] state, byte[] transactions, byte[] receipts, byte[] bloom) {}

  /** Checks a block; its transactions are not looked at. */
  static HeaderCheck of(Map<?, ?> block) {
    return Reading.check(block);
  }

  /** Reads the fields of one header in the order in which they are hashed. */
  final class Reading {
    private static final int WORD = 32;
    private static final int MOST_EXTRA = 4096;

    /** A number without a fixed width. */
    private static final int NUMBER = -1;

    /** Bytes of any length. */
    private static final int DATA = -2;

    /** A field, and its bytes. */
    private record Field(String name, int width) {}

    private static final List<Field> FIRST =
        List.of(
            new Field("parentHash", WORD),
            new Field("sha3Uncles", WORD),
            new Field("miner", 20),
            new Field("stateRoot", WORD),
            new Field("transactionsRoot", WORD),
            new Field("receiptsRoot", WORD),
            new Field("logsBloom", LogsBloom.BYTES),
            new Field("difficulty", NUMBER),
            new Field("number", NUMBER),
            new Field("gasLimit", NUMBER),
            new Field("gasUsed", NUMBER),
            new Field("timestamp", NUMBER),
            new Field("extraData", DATA),
            new Field("mixHash", WORD),
            new Field("nonce", 8));

    /** Each presupposes those before it. */
    private static final List<Field> APPENDED =
        List.of(
            new Field("baseFeePerGas", NUMBER),
            new Field("withdrawalsRoot", WORD),
            new Field("blobGasUsed", NUMBER),
            new Field("excessBlobGas", NUMBER),
            new Field("parentBeaconBlockRoot", WORD),
            new Field("requestsHash", WORD));

    /** What nodes show beside the header; {@code author} is another name of the miner. */
    private static final Set<String> BESIDE =
        Set.of(
            "hash", "size", "totalDifficulty", "transactions", "uncles", "withdrawals", "author");

    private static final Set<String> KNOWN = known();

    private Reading() {}

    private static Set<String> known() {
      TreeSet<String> known = new TreeSet<>(BESIDE);
      FIRST.forEach(field -> known.add(field.name()));
      APPENDED.forEach(field -> known.add(field.name()));
      return known;
    }

    private static HeaderCheck check(Map<?, ?> block) {
      List<Rlp.Item> fields = new ArrayList<>(FIRST.size() + APPENDED.size());
      byte[] named;
      String missing = "";
      try {
        for (Field field : FIRST) {
          Object value = block.get(field.name());
          if (value == null) {
            return new Unverifiable("its header has no " + field.name());
          }
          fields.add(item(field, value));
        }
        for (Field field : APPENDED) {
          Object value = block.get(field.name());
          if (value != null && !missing.isEmpty()) {
            return new Unverifiable("its header has " + field.name() + " without " + missing);
          }
          if (value == null) {
            missing = missing.isEmpty() ? field.name() : missing;
          } else {
            fields.add(item(field, value));
          }
        }
        named = bytes(new Field("hash", WORD), block.get("hash"));
      } catch (IllegalArgumentException otherForm) {
        return new Unverifiable("its header cannot be read: " + otherForm.getMessage());
      }
      byte[] hash = Keccak256.of(Rlp.encode(Rlp.list(fields)));
      if (Arrays.equals(hash, named)) {
        return proven(hash, fields);
      }
      return missing.isEmpty()
          ? otherHash(block, hash, named)
          : new Unverifiable("its header gives another hash, and may lack " + missing);
    }

    private static HeaderCheck proven(byte[] hash, List<Rlp.Item> fields) {
      return new Proven(
          new Roots(
              BlockHash.of(hash),
              text(fields, 3),
              text(fields, 4),
              text(fields, 5),
              text(fields, 6)));
    }

    private static byte[] text(List<Rlp.Item> fields, int index) {
      return ((Rlp.Item.Text) fields.get(index)).bytes();
    }

    /** A field that is not known here may be a part of what is hashed. */
    private static HeaderCheck otherHash(Map<?, ?> block, byte[] hash, byte[] named) {
      for (Map.Entry<?, ?> entry : block.entrySet()) {
        if (entry.getValue() != null && !KNOWN.contains(String.valueOf(entry.getKey()))) {
          return new Unverifiable("its header has a field that is not known here");
        }
      }
      return new False(
          "names block hash " + Hex.encode(named) + " for a header that gives " + Hex.encode(hash));
    }

    private static Rlp.Item item(Field field, Object value) {
      return field.width() == NUMBER
          ? Rlp.integer(RpcJson.quantity(field.name(), value))
          : Rlp.text(bytes(field, value));
    }

    private static byte[] bytes(Field field, @Nullable Object value) {
      byte[] bytes = RpcJson.data(field.name(), value);
      boolean fits =
          field.width() == DATA ? bytes.length <= MOST_EXTRA : bytes.length == field.width();
      if (!fits) {
        throw new IllegalArgumentException(field.name() + " has " + bytes.length + " bytes");
      }
      return bytes;
    }
  }
}
