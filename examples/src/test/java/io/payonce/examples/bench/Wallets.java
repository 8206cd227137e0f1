package io.payonce.examples.bench;

import io.payonce.Address;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.internal.Keccak256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.web3j.crypto.Credentials;
import org.web3j.utils.Numeric;

/** Throw-away hot wallets, and payees that nobody has a key of. */
final class Wallets {
  private Wallets() {}

  /** So many funded wallets; their keys come from their number. */
  static List<Credentials> funded(AnvilNode node, int count) {
    List<Credentials> wallets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Credentials wallet = Credentials.create(Numeric.toHexString(hash("bench wallet " + i)));
      node.setBalance(Address.of(wallet.getAddress()), Wei.ofCoins("10000"));
      wallets.add(wallet);
    }
    return wallets;
  }

  static Address payee(int number) {
    return Address.of(Arrays.copyOfRange(hash("bench payee " + number), 12, 32));
  }

  private static byte[] hash(String text) {
    return Keccak256.of(text.getBytes(StandardCharsets.US_ASCII));
  }
}
