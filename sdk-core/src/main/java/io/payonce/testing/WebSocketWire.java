package io.payonce.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** As much of a WebSocket server (RFC 6455) as JSON-RPC needs. No extensions. */
final class WebSocketWire {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;
  private static final String SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_PAYLOAD = 1 << 20;
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;
  private static final int SHORT_LENGTH = 126;
  private static final int LONG_LENGTH = 127;

  private WebSocketWire() {}

  /** One frame, unmasked. */
  record Frame(boolean isLast, int opcode, byte[] payload) {
    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /** The answer that opens the connection (RFC 6455, 4.2.2). */
  static byte[] accept(Map<String, String> headers) throws IOException {
    String key = headers.get("sec-websocket-key");
    if (key == null) {
      throw new IOException("no WebSocket key");
    }
    return opening(
        Base64.getEncoder().encodeToString(sha1((key + SALT).getBytes(StandardCharsets.US_ASCII))));
  }

  /** The same for a key that the client did not send. */
  static byte[] wrongAccept() {
    return opening("bm90IHlvdXIga2V5IGF0IGFsbCE=");
  }

  private static byte[] opening(String accept) {
    return ("HTTP/1.1 101 .\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
            + accept
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The next frame of a client; null when it has left between two frames. */
  static @Nullable Frame read(InputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    DataInputStream data = new DataInputStream(in);
    int second = data.readUnsignedByte();
    long length = second & ~MASKED;
    if (length == SHORT_LENGTH) {
      length = data.readUnsignedShort();
    } else if (length == LONG_LENGTH) {
      length = data.readLong();
    }
    if ((second & MASKED) == 0 || length < 0 || length > MAX_PAYLOAD) {
      throw new IOException("a client's frame must be masked and at most 1 MiB long");
    }
    byte[] mask = new byte[4];
    data.readFully(mask);
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("the frame ended early");
    }
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i % 4];
    }
    return new Frame((first & FIN) != 0, first & 0x0f, payload);
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void write(OutputStream out, int opcode, byte[] payload) throws IOException {
    write(out, true, opcode, payload);
  }

  static void write(OutputStream out, boolean isLast, int opcode, byte[] payload)
      throws IOException {
    writeHead(out, isLast, opcode, payload.length);
    out.write(payload);
    out.flush();
  }

  /** The head of a frame whose payload the caller writes, or does not. */
  static void writeHead(OutputStream out, boolean isLast, int opcode, long length)
      throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeByte((isLast ? FIN : 0) | opcode);
    if (length < SHORT_LENGTH) {
      data.writeByte((int) length);
    } else if (length <= 0xffff) {
      data.writeByte(SHORT_LENGTH);
      data.writeShort((int) length);
    } else {
      data.writeByte(LONG_LENGTH);
      data.writeLong(length);
    }
    data.flush();
  }

  static byte[] closing(int code) {
    return new byte[] {(byte) (code >> 8), (byte) code};
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes); // what the RFC asks for
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
