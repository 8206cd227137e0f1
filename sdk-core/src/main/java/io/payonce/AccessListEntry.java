package io.payonce;

import java.util.List;

/**
 * One entry of an EIP-2930 access list.
 *
 * @param storageKeys each exactly 32 bytes
 */
public record AccessListEntry(Address address, List<Bytes> storageKeys) {
  public AccessListEntry {
    storageKeys = List.copyOf(storageKeys);
    for (Bytes key : storageKeys) {
      if (key.size() != 32) {
        throw new IllegalArgumentException("storage key has " + key.size() + " bytes, must be 32");
      }
    }
  }
}
