package io.payonce;

import java.util.List;

/**
 * One event log of a receipt.
 *
 * @param address the contract that wrote it
 * @param topics 0 to 4, each 32 bytes
 * @param index position in the block, 0 or more
 */
public record Log(Address address, List<Bytes> topics, Bytes data, long index) {
  public Log {
    topics = List.copyOf(topics);
    if (topics.size() > 4 || topics.stream().anyMatch(topic -> topic.size() != 32)) {
      throw new IllegalArgumentException("log topics must be 0 to 4 of 32 bytes");
    }
  }
}
