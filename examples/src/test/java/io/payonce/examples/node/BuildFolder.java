package io.payonce.examples.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** Copies a test resource into a folder, under its own file name, and gives the copy. */
  static Path copy(String resource, Path folder) {
    Path target = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
    try {
      Files.createDirectories(folder);
      Files.write(target, resource(resource));
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
