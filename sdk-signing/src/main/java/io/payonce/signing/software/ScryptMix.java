package io.payonce.signing.software;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.util.Pack;

/**
 * scrypt (RFC 7914).
 *
 * <p>Own code, because Bouncy Castle holds to the bound {@code n < 2^(16 r)} of the RFC, and
 * published keystore files with n = 2^18 and r = 1 break it; other clients read them.
 */
final class ScryptMix {
  /** Integers in one Salsa20 block. */
  private static final int BLOCK = 16;

  private final int n;
  private final int r;
  private final int[][] table;
  private final int[] salsa = new int[BLOCK];
  private final int[] output;

  private ScryptMix(int n, int r) {
    this.n = n;
    this.r = r;
    this.table = new int[n][2 * r * BLOCK];
    this.output = new int[2 * r * BLOCK];
  }

  static byte[] derive(byte[] password, byte[] salt, int n, int r, int p, int length) {
    int stripe = 128 * r;
    byte[] blocks = pbkdf2(password, salt, p * stripe);
    ScryptMix mix = new ScryptMix(n, r);
    int[] x = new int[stripe / 4];
    for (int i = 0; i < p; i++) {
      Pack.littleEndianToInt(blocks, i * stripe, x);
      mix.romix(x);
      Pack.intToLittleEndian(x, blocks, i * stripe);
    }
    byte[] derived = pbkdf2(password, blocks, length);
    mix.wipe();
    Arrays.fill(x, 0);
    Arrays.fill(blocks, (byte) 0);
    return derived;
  }

  /** Section 5. */
  private void romix(int[] x) {
    for (int[] row : table) {
      System.arraycopy(x, 0, row, 0, x.length);
      blockMix(x);
    }
    for (int i = 0; i < n; i++) {
      int[] row = table[x[x.length - BLOCK] & (n - 1)];
      for (int j = 0; j < x.length; j++) {
        x[j] ^= row[j];
      }
      blockMix(x);
    }
  }

  /** Section 4: even blocks go to the first half of the answer, odd ones to the second. */
  private void blockMix(int[] x) {
    System.arraycopy(x, x.length - BLOCK, salsa, 0, BLOCK);
    for (int i = 0; i < 2 * r; i++) {
      for (int j = 0; j < BLOCK; j++) {
        salsa[j] ^= x[i * BLOCK + j];
      }
      salsa208(salsa);
      System.arraycopy(salsa, 0, output, (i / 2 + i % 2 * r) * BLOCK, BLOCK);
    }
    System.arraycopy(output, 0, x, 0, x.length);
  }

  /** Section 3: four double rounds, columns then rows. */
  private static void salsa208(int[] b) {
    int[] x = b.clone();
    for (int i = 0; i < 4; i++) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 5, 9, 13, 1);
      quarter(x, 10, 14, 2, 6);
      quarter(x, 15, 3, 7, 11);
      quarter(x, 0, 1, 2, 3);
      quarter(x, 5, 6, 7, 4);
      quarter(x, 10, 11, 8, 9);
      quarter(x, 15, 12, 13, 14);
    }
    for (int i = 0; i < BLOCK; i++) {
      b[i] += x[i];
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
    x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
    x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
    x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
  }

  private void wipe() {
    for (int[] row : table) {
      Arrays.fill(row, 0);
    }
    Arrays.fill(output, 0);
    Arrays.fill(salsa, 0);
  }

  private static byte[] pbkdf2(byte[] password, byte[] salt, int length) {
    PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SHA256Digest());
    generator.init(password, salt, 1);
    return ((KeyParameter) generator.generateDerivedMacParameters(8 * length)).getKey();
  }
}
