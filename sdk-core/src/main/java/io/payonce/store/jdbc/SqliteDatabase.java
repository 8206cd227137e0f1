package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import io.payonce.store.jdbc.JournalFile.Use;
import io.payonce.store.jdbc.Session.Work;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One file: one connection that writes under the side lock, and one that reads beside it. */
final class SqliteDatabase implements Database {
  private final JournalFile file;
  private final SqliteConnection reader;
  private final @Nullable SqliteConnection writer;
  private final @Nullable SideLock lock;

  private SqliteDatabase(
      JournalFile file,
      SqliteConnection reader,
      @Nullable SqliteConnection writer,
      @Nullable SideLock lock) {
    this.file = file;
    this.reader = reader;
    this.writer = writer;
    this.lock = lock;
  }

  /** To write: takes the side lock, creates or migrates the journal, counts the start. */
  static SqliteDatabase open(Path journal, JournalOptions options) {
    JournalFile file = JournalFile.forWriting(journal, options);
    SideLock lock = SideLock.acquire(file.path());
    SqliteConnection writer = null;
    SqliteConnection reader = null;
    try {
      writer = file.connect(Use.WRITE);
      file.copyBeforeMigration(writer);
      SqliteStart.start(writer, file.path(), options.random());
      reader = file.connect(Use.READ);
      writer.writeOnlyInto(FilesInPlace.of(file.path()));
      return new SqliteDatabase(file, reader, writer, lock);
    } catch (RuntimeException e) {
      closeAll(e, reader, writer, lock);
      throw e;
    }
  }

  /** To read, also while another process writes. */
  static SqliteDatabase openReadOnly(Path journal, JournalOptions options) {
    JournalFile file = JournalFile.forReading(journal, options);
    SqliteConnection reader = file.connect(Use.READ_ONLY);
    try {
      Schema schema =
          reader.read(
              s -> {
                if (SqliteStart.isNew(s, file.path())) {
                  throw new JournalUnusableException(
                      "journal " + journal + " is empty; start its writer once");
                }
                return Schema.load(s);
              });
      schema.checkReadable(file.path().toString());
      return new SqliteDatabase(file, reader, null, null);
    } catch (RuntimeException e) {
      closeAll(e, reader, null, null);
      throw e;
    }
  }

  @Override
  public <T> T read(Work<T> work) {
    return reader.read(work);
  }

  @Override
  public <T> T write(Work<T> work, Predicate<T> keep) {
    return writer().write(work, keep);
  }

  JournalFile file() {
    return file;
  }

  SqliteConnection reader() {
    return reader;
  }

  SqliteConnection writer() {
    if (writer == null) {
      throw new IllegalStateException("journal " + file.path() + " is open read-only");
    }
    return writer;
  }

  @Override
  public void close() {
    RuntimeException failed = new IllegalStateException("journal did not close");
    closeAll(failed, reader, writer, lock);
    if (failed.getSuppressed().length > 0) {
      throw failed;
    }
  }

  /** Readers first, the lock last: nobody else may write before this one has let go. */
  private static void closeAll(
      RuntimeException cause,
      @Nullable SqliteConnection reader,
      @Nullable SqliteConnection writer,
      @Nullable SideLock lock) {
    for (AutoCloseable part : new @Nullable AutoCloseable[] {reader, writer, lock}) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }
}
