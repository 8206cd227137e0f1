package io.payonce.internal;

import io.payonce.Log;

/**
 * The filter in a header that tells which addresses and topics the logs of its block may have
 * (yellow paper, 4.3.1): three of 2,048 bits for each. What it excludes is not in the block; what
 * it announces may not be either. Confined to one thread.
 */
public final class LogsBloom {
  public static final int BYTES = 256;
  private static final int LAST_BIT = 8 * BYTES - 1;

  private final byte[] bits = new byte[BYTES];

  /** Takes up the address and the topics of a log. */
  public LogsBloom add(Log log) {
    add(Hex.decode("address", log.address().value()));
    log.topics().forEach(topic -> add(topic.toArray()));
    return this;
  }

  private void add(byte[] what) {
    byte[] hash = Keccak256.of(what);
    for (int i = 0; i < 3; i++) {
      int bit = bit(hash, i);
      bits[at(bit)] |= (byte) (1 << (bit % 8));
    }
  }

  public byte[] toArray() {
    return bits.clone();
  }

  /** False: no log with this address and these topics is in the block with this bloom. */
  public static boolean mayHold(byte[] bloom, Log log) {
    if (bloom.length != BYTES) {
      throw new IllegalArgumentException("a bloom has " + BYTES + " bytes, not " + bloom.length);
    }
    byte[] own = new LogsBloom().add(log).bits;
    for (int i = 0; i < BYTES; i++) {
      if ((own[i] & ~bloom[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int bit(byte[] hash, int i) {
    return (((hash[2 * i] & 0xff) << 8) | (hash[2 * i + 1] & 0xff)) & LAST_BIT;
  }

  private static int at(int bit) {
    return BYTES - 1 - bit / 8;
  }
}
