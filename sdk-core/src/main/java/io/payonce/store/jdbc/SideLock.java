package io.payonce.store.jdbc;

import io.payonce.store.JournalInUseException;
import io.payonce.store.JournalUnusableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a journal: an operating-system lock on {@code <journal>.lock}, gone with the
 * process however it ends. The file itself stays, and its presence means nothing.
 */
final class SideLock implements AutoCloseable {
  /**
   * Journals that this process writes. Deliberate: asked before the lock file is touched, since on
   * POSIX closing any channel of a file drops every lock that the process holds on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path journal;
  private final FileChannel channel;

  private SideLock(Path journal, FileChannel channel) {
    this.journal = journal;
    this.channel = channel;
  }

  /**
   * Takes the lock or throws; never waits.
   *
   * @param journal its real path, so that one journal has one name
   */
  static SideLock acquire(Path journal) {
    if (!HELD.add(journal)) {
      throw inUse(journal, "this process");
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              Path.of(journal + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(journal, "another process");
      }
      return new SideLock(journal, channel);
    } catch (OverlappingFileLockException sameProcess) {
      throw abandon(journal, channel, inUse(journal, "this process"));
    } catch (JournalInUseException taken) {
      throw abandon(journal, channel, taken);
    } catch (IOException e) {
      throw abandon(
          journal,
          channel,
          new JournalUnusableException(
              "cannot lock " + journal + ".lock: " + e + "; make its directory writable", e));
    }
  }

  @Override
  public void close() {
    try {
      channel.close(); // releases the lock
    } catch (IOException e) {
      throw new JournalUnusableException("cannot release " + journal + ".lock: " + e, e);
    } finally {
      HELD.remove(journal);
    }
  }

  private static JournalInUseException inUse(Path journal, String who) {
    return new JournalInUseException(
        "journal "
            + journal
            + " is open for writing in "
            + who
            + "; stop that one, or open this one read-only");
  }

  private static RuntimeException abandon(
      Path journal, @Nullable FileChannel channel, RuntimeException cause) {
    HELD.remove(journal);
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return cause;
  }
}
