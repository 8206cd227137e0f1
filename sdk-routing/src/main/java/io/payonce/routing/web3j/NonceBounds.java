package io.payonce.routing.web3j;

/**
 * What the host itself knows of the nonces of a wallet. With it a node that lags cannot make a
 * nonce be used twice, and the use of the key by somebody else is found out.
 *
 * @param proven how many transactions of the wallet were ever seen to be mined; a lower answer of
 *     the chain is a lag
 * @param next the nonce after the highest that the host has given out; a chain that counts more
 *     transactions has seen the key used elsewhere
 */
public record NonceBounds(long proven, long next) {
  public NonceBounds {
    if (proven < 0 || next < proven) {
      throw new IllegalArgumentException(
          "proven " + proven + " must be 0 to next, and next is " + next);
    }
  }
}
