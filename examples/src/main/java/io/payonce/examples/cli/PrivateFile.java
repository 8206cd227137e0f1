package io.payonce.examples.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Reads what its owner alone may read, as the clients of PostgreSQL demand of their passwords. */
final class PrivateFile {
  private static final long LONGEST = 1 << 20;

  private PrivateFile() {}

  /**
   * The text of a file.
   *
   * @param what is in it, for refusals
   * @param ifSeen what to do when others may have read it
   * @param otherwise what to do where nobody can say who may
   */
  static String of(String what, Path file, String ifSeen, String otherwise) {
    try {
      Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(file);
      Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
      others.addAll(allowed);
      others.removeAll(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));
      if (!others.isEmpty()) {
        throw Refusal.badInput(
            "others than its owner may use the %s file %s (%s): chmod 600 it, and %s if it was seen"
                .formatted(what, file, PosixFilePermissions.toString(allowed), ifSeen));
      }
      if (Files.size(file) > LONGEST) {
        throw Refusal.badInput(what + " file " + file + " is longer than 1 MiB");
      }
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw Refusal.badInput(
          what + " file " + file + " cannot be read; check its path and permissions");
    } catch (UnsupportedOperationException noPermissions) {
      throw Refusal.badInput(
          "nobody can say who may read the "
              + what
              + " file "
              + file
              + ", as its file system has no POSIX permissions; "
              + otherwise);
    }
  }
}
