package io.payonce.examples.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What this disk can do: ratios mean little where a flush costs nothing. */
final class FsyncRate {
  private static final int WRITES = 2_000;

  private FsyncRate() {}

  /** Appends of 4 KiB, each flushed. */
  static double perSecond() throws IOException {
    Path file = Files.createTempFile("payonce-fsync", ".bin");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
      ByteBuffer page = ByteBuffer.allocate(4096);
      long start = System.nanoTime();
      for (int i = 0; i < WRITES; i++) {
        channel.write(page.rewind());
        channel.force(false);
      }
      return WRITES / ((System.nanoTime() - start) / 1e9);
    } finally {
      Files.delete(file);
    }
  }
}
