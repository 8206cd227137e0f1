package io.payonce;

import io.payonce.internal.Keccak256;
import io.payonce.internal.Rlp;
import io.payonce.internal.Secp256k1;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * One entry of the authorization list of a type-4 transaction (EIP-7702), as it stands in a block.
 *
 * <p>A block may hold entries that the protocol skips: of another chain, with a signature that fits
 * no key, with a nonce that is not the account's. They are values here too; {@link #authority} says
 * whom an entry speaks for. An entry that counts raises the nonce of its authority by one, without
 * any transaction of that account.
 *
 * @param chainId of 256 bits; 0 stands for every chain
 * @param address the code that the account delegates to; zero takes a delegation back
 * @param nonce of 64 bits: the account's nonce that the entry consumes
 * @param yParity of 8 bits; only 0 and 1 fit a key
 */
public record Authorization(
    BigInteger chainId,
    Address address,
    BigInteger nonce,
    int yParity,
    BigInteger r,
    BigInteger s) {
  private static final byte MAGIC = 0x05;
  private static final BigInteger LARGEST_NONCE =
      BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  public Authorization {
    width("chainId", chainId, 256);
    width("nonce", nonce, 64);
    width("r", r, 256);
    width("s", s, 256);
    if (yParity < 0 || yParity > 255) {
      throw new IllegalArgumentException("yParity " + yParity + " must be 0 to 255");
    }
  }

  /**
   * The account that this entry speaks for on a chain: the signer of {@code keccak256(0x05 ||
   * rlp([chainId, address, nonce]))}. Empty where the protocol skips the entry whatever the
   * account's nonce is.
   */
  public Optional<Address> authority(ChainId chain) {
    boolean ofThisChain =
        chainId.signum() == 0 || chainId.equals(BigInteger.valueOf(chain.value()));
    boolean signed =
        yParity <= 1
            && r.signum() > 0
            && r.compareTo(Secp256k1.N) < 0
            && s.signum() > 0
            && s.compareTo(Secp256k1.HALF_N) <= 0;
    if (!ofThisChain || !signed || nonce.equals(LARGEST_NONCE)) {
      return Optional.empty();
    }
    return Optional.ofNullable(Secp256k1.recoverAddress(digest(), r, s, yParity)).map(Address::of);
  }

  private byte[] digest() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.write(MAGIC);
    message.writeBytes(
        Rlp.encode(
            Rlp.list(
                List.of(Rlp.integer(chainId), Rlp.text(address.toArray()), Rlp.integer(nonce)))));
    return Keccak256.of(message.toByteArray());
  }

  private static void width(String field, BigInteger value, int bits) {
    if (value.signum() < 0 || value.bitLength() > bits) {
      throw new IllegalArgumentException(field + " " + value + " must fit " + bits + " bits");
    }
  }
}
