package io.payonce.batch.csv;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The text of a payout file: UTF-8 only, with or without a byte order mark, lines ended by LF or CR
 * LF, and within the limits of file and line.
 *
 * <p>What breaks a rule is never handed out: everything before it is, then {@link Refused} is
 * thrown. Constant memory.
 */
final class StrictText extends Reader {
  private static final int BUFFER = 8192;
  private static final String LONE_CR = "a CR without LF; lines end with LF or CR LF";

  /** The first bytes of other encodings: 0 is zero, F is 0xff, E is 0xfe, x is any other. */
  private static final String[][] FOREIGN = {
    {"FE00|x000", "UTF-32 (little endian)"},
    {"00EF|000x", "UTF-32 (big endian)"},
    {"FE.*|x0.*", "UTF-16 (little endian)"},
    {"EF.*|0x.*", "UTF-16 (big endian)"},
  };

  private final InputStream in;
  private final CsvLimits limits;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).flip();
  private final CharBuffer chars = CharBuffer.allocate(BUFFER).flip();
  private Optional<CsvProblem> refusal = Optional.empty();
  private boolean started;
  private boolean endOfInput;
  private long bytesRead;
  private long line = 1;
  private int lineBytes;
  private boolean afterCr;

  StrictText(InputStream in, CsvLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /** The file breaks a rule after which the rest of it cannot be trusted. */
  static final class Refused extends IOException {
    private final transient CsvProblem problem;

    Refused(CsvProblem problem) {
      super(problem.toString());
      this.problem = problem;
    }

    CsvProblem problem() {
      return problem;
    }
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!chars.hasRemaining()) {
      if (!fill()) {
        return -1;
      }
    }
    int count = Math.min(length, chars.remaining());
    chars.get(target, offset, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Decodes and inspects the next piece; false at the end of the file. */
  private boolean fill() throws IOException {
    if (refusal.isPresent()) {
      throw new Refused(refusal.get());
    }
    if (!started) {
      started = true;
      start();
    }
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, endOfInput);
    chars.flip();
    if (chars.hasRemaining()) {
      inspect();
      return true;
    }
    if (result.isError()) {
      long offset = bytesRead - bytes.remaining();
      throw refused(CsvCode.ENCODING, "byte at offset " + offset + " is not UTF-8");
    }
    if (endOfInput) {
      if (afterCr) {
        throw refused(CsvCode.CONTROL_CHARACTER, LONE_CR);
      }
      return false;
    }
    refill();
    return true;
  }

  private void start() throws IOException {
    byte[] head = in.readNBytes(4);
    Optional<String> foreign = foreignEncoding(head);
    if (foreign.isPresent()) {
      throw refused(
          CsvCode.ENCODING, "the file is " + foreign.get() + " from offset 0, write it as UTF-8");
    }
    bytesRead = head.length;
    bytes.compact().put(head).flip();
    if (startsWithMark(head)) {
      bytes.position(3);
    }
  }

  private void refill() throws IOException {
    bytes.compact();
    int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
    if (count < 0) {
      endOfInput = true;
    } else {
      bytes.position(bytes.position() + count);
      bytesRead += count;
    }
    bytes.flip();
    if (bytesRead > limits.fileBytes()) {
      throw refused(CsvCode.LIMIT, "the file has more than " + limits.fileBytes() + " bytes");
    }
  }

  /** Cuts the decoded piece before the first character that breaks a rule. */
  private void inspect() {
    for (int i = 0; i < chars.limit(); i++) {
      char c = chars.get(i);
      if (afterCr && c != '\n') {
        cut(i, CsvCode.CONTROL_CHARACTER, LONE_CR);
        return;
      }
      afterCr = c == '\r';
      if (c == '\n') {
        line++;
        lineBytes = 0;
      } else if (!afterCr) {
        lineBytes += utf8Length(c);
      }
      if (lineBytes > limits.lineBytes()) {
        cut(i, CsvCode.LIMIT, "the line has more than " + limits.lineBytes() + " bytes");
        return;
      }
    }
  }

  private void cut(int at, CsvCode code, String message) {
    refusal = Optional.of(new CsvProblem(line, 0, code, message));
    chars.limit(at);
  }

  private Refused refused(CsvCode code, String message) {
    CsvProblem problem = new CsvProblem(line, 0, code, message);
    refusal = Optional.of(problem);
    return new Refused(problem);
  }

  /** Half of a surrogate pair counts 2 of the pair's 4 bytes. */
  private static int utf8Length(char c) {
    if (c < 0x80) {
      return 1;
    }
    return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
  }

  /** By byte order mark, or by the zero bytes that ASCII text has in wider encodings. */
  private static Optional<String> foreignEncoding(byte[] head) {
    StringBuilder shape = new StringBuilder();
    for (byte b : head) {
      int value = b & 0xff;
      shape.append(value == 0 ? '0' : value == 0xff ? 'F' : value == 0xfe ? 'E' : 'x');
    }
    for (String[] known : FOREIGN) {
      if (shape.toString().matches(known[0])) {
        return Optional.of(known[1]);
      }
    }
    return Optional.empty();
  }

  private static boolean startsWithMark(byte[] head) {
    return head.length >= 3
        && head[0] == (byte) 0xef
        && head[1] == (byte) 0xbb
        && head[2] == (byte) 0xbf;
  }
}
