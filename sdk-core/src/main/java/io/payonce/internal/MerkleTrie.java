package io.payonce.internal;

import io.payonce.internal.Rlp.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The Merkle-Patricia trie (yellow paper, appendix D): the root of a map, and what a list of nodes
 * proves about one key under a root. Pure; thread-safe.
 *
 * <p>A node is one of three lists: a branch of sixteen children and a value, an extension that
 * shortens a common path, or a leaf. A child is named by the hash of its RLP, or is the node itself
 * where that is shorter than a hash.
 */
public final class MerkleTrie {
  private static final int CHILDREN = 16;
  private static final int HASH = 32;

  /** Root of the trie that holds nothing. */
  private static final byte[] EMPTY_NODE = {(byte) 0x80};

  private static final byte[] EMPTY_ROOT = Keccak256.of(EMPTY_NODE);
  private static final Item NOTHING = Rlp.text(new byte[0]);

  /** A path of 32 bytes has 64 branches at most, and a leaf. */
  private static final int MOST_NODES = 65;

  /** A branch of sixteen hashes has 532 bytes, and accounts and slots are shorter than that. */
  private static final int LONGEST_NODE = 1024;

  private MerkleTrie() {}

  /** A list of nodes that proves nothing, with the reason. */
  public static final class InvalidProofException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidProofException(String message) {
      super(message);
    }
  }

  public static byte[] emptyRoot() {
    return EMPTY_ROOT.clone();
  }

  /** Root of a list whose keys are the places (RLP of 0, 1, 2...): transactions and receipts. */
  public static byte[] rootOfList(List<byte[]> values) {
    SortedMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; i < values.size(); i++) {
      entries.put(Rlp.encode(Rlp.integer(i)), values.get(i));
    }
    return root(entries);
  }

  /**
   * Root of a map.
   *
   * @param entries in the order of their unsigned bytes; no value is empty
   */
  public static byte[] root(SortedMap<byte[], byte[]> entries) {
    List<Entry> sorted = new ArrayList<>(entries.size());
    entries.forEach((key, value) -> sorted.add(new Entry(nibbles(key), value)));
    return sorted.isEmpty() ? emptyRoot() : Keccak256.of(Rlp.encode(node(sorted, 0)));
  }

  private record Entry(byte[] path, byte[] value) {}

  /** The node over entries that have the same path up to {@code depth}. */
  private static Item node(List<Entry> entries, int depth) {
    Entry first = entries.get(0);
    if (entries.size() == 1) {
      return Rlp.list(
          List.of(packed(first.path(), depth, first.path().length, true), Rlp.text(first.value())));
    }
    int fork = fork(first.path(), entries.get(entries.size() - 1).path(), depth);
    return fork == depth
        ? branch(entries, depth)
        : Rlp.list(List.of(packed(first.path(), depth, fork, false), child(branch(entries, fork))));
  }

  /** As the entries are sorted, what the first and the last have in common all have. */
  private static int fork(byte[] first, byte[] last, int depth) {
    int at = depth;
    while (at < first.length && at < last.length && first[at] == last[at]) {
      at++;
    }
    return at;
  }

  private static Item branch(List<Entry> entries, int depth) {
    List<Item> items = new ArrayList<>(CHILDREN + 1);
    boolean endsHere = entries.get(0).path().length == depth;
    int from = endsHere ? 1 : 0;
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      int to = from;
      while (to < entries.size() && entries.get(to).path()[depth] == nibble) {
        to++;
      }
      items.add(from == to ? NOTHING : child(node(entries.subList(from, to), depth + 1)));
      from = to;
    }
    items.add(endsHere ? Rlp.text(entries.get(0).value()) : NOTHING);
    return Rlp.list(items);
  }

  private static Item child(Item node) {
    byte[] encoded = Rlp.encode(node);
    return encoded.length < HASH ? node : Rlp.text(Keccak256.of(encoded));
  }

  /** Half-bytes behind a flag for an odd count and one for a leaf (appendix C). */
  private static Item packed(byte[] path, int from, int to, boolean leaf) {
    int count = to - from;
    byte[] packed = new byte[count / 2 + 1];
    packed[0] = (byte) ((leaf ? 0x20 : 0) | (count % 2 == 1 ? (0x10 | path[from]) : 0));
    int at = from + count % 2;
    for (int i = 1; i < packed.length; i++, at += 2) {
      packed[i] = (byte) ((path[at] << 4) | path[at + 1]);
    }
    return Rlp.text(packed);
  }

  private static byte[] nibbles(byte[] key) {
    byte[] nibbles = new byte[2 * key.length];
    for (int i = 0; i < key.length; i++) {
      nibbles[2 * i] = (byte) ((key[i] >> 4) & 0xf);
      nibbles[2 * i + 1] = (byte) (key[i] & 0xf);
    }
    return nibbles;
  }

  /**
   * What is stored under a key: its value, or that there is none, which is proven as well.
   *
   * @param nodes from the root down, as {@code eth_getProof} lists them: each one named by the one
   *     before, none too many
   * @throws InvalidProofException for anything else, whatever the bytes are
   */
  public static Optional<byte[]> proven(byte[] root, byte[] key, List<byte[]> nodes)
      throws InvalidProofException {
    if (nodes.size() > MOST_NODES) {
      throw new InvalidProofException(nodes.size() + " nodes are more than " + MOST_NODES);
    }
    boolean holdsNothing =
        Arrays.equals(root, EMPTY_ROOT)
            && (nodes.isEmpty() || (nodes.size() == 1 && Arrays.equals(nodes.get(0), EMPTY_NODE)));
    return holdsNothing ? Optional.empty() : new Walk(nibbles(key), nodes).from(root);
  }

  /** One way down. */
  private static final class Walk {
    private final byte[] path;
    private final List<byte[]> nodes;
    private int next;
    private int at;

    Walk(byte[] path, List<byte[]> nodes) {
      this.path = path;
      this.nodes = nodes;
    }

    Optional<byte[]> from(byte[] root) throws InvalidProofException {
      List<Item> node = named(root);
      while (true) {
        Item follows = node.size() == CHILDREN + 1 ? inBranch(node) : inShort(node);
        boolean isEnd = at > path.length || isNothing(follows);
        if (isEnd) {
          return ended(follows);
        }
        node = follows instanceof Item.Text hash ? named(hash.bytes()) : inline(follows);
      }
    }

    private Optional<byte[]> ended(Item value) throws InvalidProofException {
      if (next != nodes.size()) {
        throw new InvalidProofException("there are nodes below the end of the path");
      }
      if (!(value instanceof Item.Text text)) {
        throw new InvalidProofException("a value is a list");
      }
      return text.bytes().length == 0 ? Optional.empty() : Optional.of(text.bytes());
    }

    /** The child on the path, or the value of a path that ends here. */
    private Item inBranch(List<Item> branch) throws InvalidProofException {
      for (Item child : branch.subList(0, CHILDREN)) {
        requireChild(child);
      }
      int nibble = at < path.length ? path[at] : CHILDREN;
      at++;
      return branch.get(nibble);
    }

    /** The child of an extension or the value of a leaf; nothing when the path leads elsewhere. */
    private Item inShort(List<Item> node) throws InvalidProofException {
      if (node.size() != 2 || !(node.get(0) instanceof Item.Text packed)) {
        throw new InvalidProofException("a node is neither branch, extension nor leaf");
      }
      byte[] part = nibbles(packed.bytes());
      int flag = part.length == 0 ? -1 : part[0];
      if (flag < 0 || flag > 3 || (flag % 2 == 0 && part[1] != 0)) {
        throw new InvalidProofException("a path has no valid flag");
      }
      boolean leaf = flag >= 2;
      int from = 2 - flag % 2;
      int count = part.length - from;
      if (!leaf) {
        requireChild(node.get(1));
      }
      if ((!leaf && (count == 0 || isNothing(node.get(1)))) || (leaf && isNothing(node.get(1)))) {
        throw new InvalidProofException("a node leads nowhere");
      }
      boolean fits = leaf ? path.length - at == count : path.length - at >= count;
      if (!fits || !Arrays.equals(part, from, part.length, path, at, at + count)) {
        return NOTHING;
      }
      at += leaf ? count + 1 : count;
      return node.get(1);
    }

    private static boolean isNothing(Item item) {
      return item instanceof Item.Text text && text.bytes().length == 0;
    }

    private static void requireChild(Item child) throws InvalidProofException {
      boolean valid =
          child instanceof Item.Text text
              ? text.bytes().length == 0 || text.bytes().length == HASH
              : Rlp.encode(child).length < HASH;
      if (!valid) {
        throw new InvalidProofException("a child is neither a hash nor a short node");
      }
    }

    private List<Item> named(byte[] hash) throws InvalidProofException {
      if (next == nodes.size()) {
        throw new InvalidProofException("a node is missing");
      }
      byte[] node = nodes.get(next++);
      if (node.length > LONGEST_NODE) {
        throw new InvalidProofException("a node has " + node.length + " bytes");
      }
      if (!Arrays.equals(Keccak256.of(node), hash)) {
        throw new InvalidProofException("node " + next + " is not the one that is named");
      }
      try {
        return inline(Rlp.decode(node, 0));
      } catch (IllegalArgumentException noRlp) {
        throw new InvalidProofException("a node is no RLP");
      }
    }

    private static List<Item> inline(Item node) throws InvalidProofException {
      if (node instanceof Item.Sequence list) {
        return list.items();
      }
      throw new InvalidProofException("a node is no list");
    }
  }
}
