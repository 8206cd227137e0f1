package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The heap after a key was used and closed, objects that wait for the collector included, holds no
 * half of the key: not as bytes, not as integers or longs in either order, not as hex.
 *
 * <p>This test keeps the key apart in two halves that only together give it, and computes what it
 * looks for from them byte by byte, so that it finds nothing of its own.
 */
@EnabledOnOs(OS.LINUX)
final class SecretsLeaveNoTraceTest {
  private static final int HALF = 16;

  private final byte[] mask = new byte[32];
  private final byte[] masked = new byte[32];

  @TempDir Path directory;

  SecretsLeaveNoTraceTest() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    random.nextBytes(mask);
    random.nextBytes(masked);
    System.gc(); // what earlier tests left need not be searched
  }

  @Test
  void native_code_leaves_no_copy_of_the_key_on_the_heap() throws IOException {
    SoftwareSigner signer = use(NativeMode.REQUIRED);
    signer.close();

    try {
      assertThat(traces()).isEmpty();
    } finally {
      Reference.reachabilityFence(signer);
    }
  }

  @Test
  void would_see_each_form_of_a_copy() throws IOException {
    byte[] key = key();
    BigInteger number = new BigInteger(1, key); // big-endian words, as the dump writes words
    String hex = HexFormat.of().formatHex(key);
    byte[] reversed = new byte[32];
    int[] leastIntFirst = new int[8];
    long[] leastLongFirst = new long[4];
    for (int i = 0; i < 32; i++) {
      reversed[i] = key[31 - i];
      leastIntFirst[i / 4] = number.shiftRight(32 * (i / 4)).intValue();
      leastLongFirst[i / 8] = number.shiftRight(64 * (i / 8)).longValue();
    }

    try {
      assertThat(traces()).isEqualTo(EnumSet.allOf(Form.class));
    } finally {
      Reference.reachabilityFence(
          List.of(key, number, hex, reversed, leastIntFirst, leastLongFirst));
    }
  }

  private SoftwareSigner use(NativeMode mode) {
    byte[] key = key();
    SoftwareSigner signer = new SoftwareSigner(key, mode.curve());
    Arrays.fill(key, (byte) 0);
    for (int i = 0; i < 500; i++) {
      byte[] digest = new byte[32];
      digest[i % 32] = (byte) i;
      signer.sign(digest);
    }
    return signer;
  }

  private byte[] key() {
    byte[] key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = at(i);
    }
    key[0] &= 0x7f; // below n
    return key;
  }

  private byte at(int i) {
    return (byte) (mask[i] ^ masked[i]);
  }

  /** The forms in which the second half of the key is on the heap. */
  private Set<Form> traces() throws IOException {
    Path dump = directory.resolve("heap.hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), false);
    boolean[] begins = new boolean[1 << Byte.SIZE];
    for (Form form : Form.values()) {
      byte first = at(HALF + form.order(0));
      begins[form == Form.HEX ? Character.forDigit(first >> 4 & 0xf, 16) : first & 0xff] = true;
    }
    Set<Form> found = EnumSet.noneOf(Form.class);
    try (FileChannel file = FileChannel.open(dump, StandardOpenOption.READ)) {
      MappedByteBuffer heap = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
      for (int from = 0; from + 2 * HALF <= heap.limit(); from++) {
        if (!begins[heap.get(from) & 0xff]) {
          continue;
        }
        for (Form form : Form.values()) {
          if (isThere(form, heap, from)) {
            found.add(form);
          }
        }
      }
    }
    return found;
  }

  private boolean isThere(Form form, ByteBuffer heap, int from) {
    for (int i = 0; i < HALF; i++) {
      byte expected = at(HALF + form.order(i));
      boolean same =
          form == Form.HEX
              ? Character.digit(heap.get(from + 2 * i), 16) == (expected >> 4 & 0xf)
                  && Character.digit(heap.get(from + 2 * i + 1), 16) == (expected & 0xf)
              : heap.get(from + i) == expected;
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /** How a copy may lie there. */
  private enum Form {
    BYTES,
    HEX,
    REVERSED,
    LEAST_INT_FIRST,
    LEAST_LONG_FIRST;

    /** Which byte of the half comes at this place. */
    int order(int i) {
      return switch (this) {
        case BYTES, HEX -> i;
        case REVERSED -> HALF - 1 - i;
        case LEAST_INT_FIRST -> HALF - 4 - i / 4 * 4 + i % 4;
        case LEAST_LONG_FIRST -> HALF - 8 - i / 8 * 8 + i % 8;
      };
    }
  }
}
