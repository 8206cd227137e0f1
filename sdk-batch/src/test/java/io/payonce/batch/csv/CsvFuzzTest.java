package io.payonce.batch.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.ChainId;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever the bytes are: rows or a refusal, and never a row less than the file has. A failing seed
 * is in the message.
 */
class CsvFuzzTest {
  private static final ChainId CHAIN = ChainId.of(1);
  private static final String HEADER = "key,asset,to,amount\n";
  private static final String PAYEE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

  @Test
  void random_bytes_are_refused_and_nothing_else_is_thrown() {
    for (long seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      byte[] start = seed % 2 == 0 ? new byte[0] : HEADER.getBytes(StandardCharsets.US_ASCII);
      assertRefusedOrWhole(join(start, bytes), seed);
    }
  }

  @Test
  void random_pieces_of_csv_are_read_whole_or_refused() {
    String[] pieces = {
      "a",
      "b",
      ",",
      ",",
      "\n",
      "\r\n",
      "\r",
      "\"",
      "\"\"",
      "native",
      PAYEE,
      "1",
      ".",
      " ",
      "\t",
      "key",
      "\u0000",
      "\ufeff",
      "\u00e9",
      HEADER,
      "k1,native," + PAYEE + ",1\n"
    };
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder(HEADER);
      for (int i = random.nextInt(20); i > 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      assertRefusedOrWhole(text.toString().getBytes(StandardCharsets.UTF_8), seed);
    }
  }

  @Test
  void one_changed_byte_changes_the_rows_or_refuses_the_file() {
    for (long seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      byte[] file = validFile(random, 1 + random.nextInt(5)).getBytes(StandardCharsets.US_ASCII);
      List<CsvRow> before = parse(file).rows();
      int place = random.nextInt(file.length);
      file[place] = (byte) (file[place] + 1 + random.nextInt(255));
      assertRefusedOrWhole(file, seed);
      try {
        assertThat(parse(file).rows())
            .as("seed " + seed)
            .isNotEqualTo(before)
            .hasSameSizeAs(before);
      } catch (CsvException refused) {
        assertThat(refused.problems()).isNotEmpty();
      }
    }
  }

  @Test
  void a_file_cut_anywhere_keeps_its_whole_rows_or_is_refused() {
    String file = validFile(new Random(1), 3);
    for (int length = 0; length < file.length(); length++) {
      assertRefusedOrWhole(file.substring(0, length).getBytes(StandardCharsets.US_ASCII), length);
    }
  }

  @Test
  void every_valid_row_is_read_whatever_the_size_of_the_file() {
    for (int rows : new int[] {1, 2, 3, 99, 100, 101, 1_000, 5_000}) {
      String file = validFile(new Random(rows), rows);
      List<CsvRow> read = parse(file.getBytes(StandardCharsets.US_ASCII)).rows();
      assertThat(read).hasSize(rows);
      for (int i = 0; i < rows; i++) {
        assertThat(read.get(i).line()).isEqualTo(i + 2);
        assertThat(read.get(i).key()).isEqualTo("key-" + i);
      }
    }
  }

  /** An accepted file has a row for each of its lines, counted here without the reader. */
  private static void assertRefusedOrWhole(byte[] file, long seed) {
    try {
      List<CsvRow> rows = parse(file).rows();
      // No cell of an accepted row can contain a line end: each line is a row.
      String text = new String(file, StandardCharsets.UTF_8);
      assertThat(rows).as("seed " + seed).hasSize((int) text.lines().count() - 1);
    } catch (CsvException refused) {
      assertThat(refused.total()).as("seed " + seed).isPositive();
      assertThat(refused.problems()).as("seed " + seed).isNotEmpty();
    }
  }

  private static String validFile(Random random, int rows) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      String key = "key-" + i;
      lines.add(
          (random.nextBoolean() ? key : "\"" + key + "\"")
              + (",native," + PAYEE + ",")
              + (1 + random.nextInt(1_000_000)));
    }
    return HEADER + String.join("\n", lines) + "\n";
  }

  private static CsvTransfers parse(byte[] file) {
    return CsvTransfers.parse(new ByteArrayInputStream(file), CHAIN);
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
