package io.payonce.examples.node;

import io.payonce.testing.MissingPartException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Where this module's build keeps what tests install or generate; `mvn clean` removes it. */
final class BuildFolder {
  private BuildFolder() {}

  /** The module's {@code target} folder, found from where this class was loaded. */
  static Path path() {
    try {
      Path classes =
          Path.of(BuildFolder.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Objects.requireNonNull(classes.getParent(), "classes have no parent folder");
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static byte[] resource(String name) {
    try (InputStream in = BuildFolder.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What may be done by one JVM of a build at a time. */
  interface Work<T> {
    T run() throws IOException, MissingPartException;
  }

  /** Does it while no other JVM, and no other thread, does such work in this folder. */
  static synchronized <T> T alone(Path folder, Work<T> work) throws MissingPartException {
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve("work.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock held = channel.lock()) {
        if (!held.isValid()) {
          throw new IllegalStateException("no lock on " + folder);
        }
        return work.run();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Copies a test resource into a folder, under its own file name, and gives the copy. Whoever
   * reads it meanwhile sees all of it or none.
   */
  static Path copy(String resource, Path folder) {
    Path target = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
    try {
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, "copy", null);
      Files.write(whole, resource(resource));
      Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
