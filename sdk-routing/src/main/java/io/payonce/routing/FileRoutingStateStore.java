package io.payonce.routing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Keeps the state of one pool in one file of lines, which ends with a digest of the rest. It is
 * written beside, flushed, and put in place in one step, so that a crash leaves the old or the new
 * one. Thread-safe.
 *
 * <p>Messages of its exceptions name no path.
 */
public final class FileRoutingStateStore implements RoutingStateStore {
  private static final long MOST_BYTES = 4 << 20;

  private final Path file;

  private FileRoutingStateStore(Path file) {
    this.file = file.toAbsolutePath();
  }

  /** In this file, whose folder must exist: where it does not, the state cannot be read. */
  public static FileRoutingStateStore at(Path file) {
    return new FileRoutingStateStore(file);
  }

  @Override
  public synchronized Optional<RoutingState> load() {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new RoutingStateException("the stored routing state is longer than 4 MiB");
      }
      return Optional.of(RoutingStateText.parse(Files.readAllBytes(file)));
    } catch (NoSuchFileException noFile) {
      Path folder = file.getParent();
      if (folder != null && !Files.isDirectory(folder)) {
        // A disk that is not mounted holds what must not be forgotten.
        throw new RoutingStateException("the folder of the routing state is not there");
      }
      return Optional.empty();
    } catch (IOException unreadable) {
      throw failed("read", unreadable);
    }
  }

  @Override
  public synchronized void save(RoutingState state) {
    byte[] text = RoutingStateText.of(state).getBytes(StandardCharsets.UTF_8);
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      try (FileChannel out =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(text);
        while (left.hasRemaining()) {
          int unused = out.write(left);
        }
        out.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        folder.force(true); // the new name is in the folder
      }
    } catch (IOException failure) {
      throw failed("written", failure);
    }
  }

  private static RoutingStateException failed(String what, IOException failure) {
    return new RoutingStateException(
        "the routing state cannot be " + what + ": " + failure.getClass().getSimpleName());
  }
}
