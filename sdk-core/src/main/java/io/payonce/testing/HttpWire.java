package io.payonce.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * As much of HTTP/1.1 (RFC 9112) as JSON-RPC needs: messages with a length, in chunks, or until the
 * end of the connection. No pipelining, no upgrades, no compression.
 */
final class HttpWire {
  private static final int MAX_LINE_BYTES = 16 * 1024;
  private static final int MAX_HEADERS = 100;
  private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

  /** Headers that speak about one connection, or that the proxy writes itself. */
  private static final List<String> OWN_HEADERS =
      List.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings",
          "expect",
          "accept-encoding",
          "host",
          "content-length");

  private HttpWire() {}

  /** The start line, the headers by lower-case name, and the body. */
  record Message(String start, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    boolean closesConnection() {
      return start.endsWith("HTTP/1.0")
          || headers.getOrDefault("connection", "").equalsIgnoreCase("close");
    }
  }

  /** Reads a request; null when the client has closed the connection between two requests. */
  static @Nullable Message readRequest(InputStream in, OutputStream out) throws IOException {
    String start = readLine(in);
    if (start == null) {
      return null;
    }
    Map<String, String> headers = readHeaders(in);
    if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
      out.write(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
      out.flush();
    }
    boolean hasBody =
        headers.containsKey("content-length") || headers.containsKey("transfer-encoding");
    return new Message(start, headers, hasBody ? readBody(in, headers) : new byte[0]);
  }

  static Message readReply(InputStream in) throws IOException {
    String start = readLine(in);
    if (start == null) {
      throw new EOFException("upstream closed the connection without a reply");
    }
    Map<String, String> headers = readHeaders(in);
    return new Message(start, headers, readBody(in, headers));
  }

  /** The bytes of a message; a length is always stated, so that a cut body is noticed. */
  static byte[] encode(String start, Map<String, String> headers, byte[] body) {
    StringBuilder head = new StringBuilder(start).append("\r\n");
    headers.forEach(
        (name, value) -> {
          if (!OWN_HEADERS.contains(name)) {
            head.append(name).append(": ").append(value).append("\r\n");
          }
        });
    head.append("content-length: ").append(body.length).append("\r\n\r\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + body.length);
    bytes.writeBytes(ascii(head.toString()));
    bytes.writeBytes(body);
    return bytes.toByteArray();
  }

  private static byte[] readBody(InputStream in, Map<String, String> headers) throws IOException {
    if (headers
        .getOrDefault("transfer-encoding", "")
        .toLowerCase(Locale.ROOT)
        .endsWith("chunked")) {
      return readChunks(in);
    }
    String stated = headers.get("content-length");
    if (stated != null) {
      return readExactly(in, length(stated, 10));
    }
    byte[] rest = in.readNBytes(MAX_BODY_BYTES + 1);
    length(Integer.toString(rest.length), 10);
    return rest;
  }

  private static byte[] readChunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = length(line(in).split(";", 2)[0].strip(), 16);
      if (size == 0) {
        readHeaders(in);
        return body.toByteArray();
      }
      length(Integer.toString(body.size() + size), 10);
      body.writeBytes(readExactly(in, size));
      line(in);
    }
  }

  private static int length(String text, int radix) throws IOException {
    try {
      int length = Integer.parseInt(text, radix);
      if (length >= 0 && length <= MAX_BODY_BYTES) {
        return length;
      }
    } catch (NumberFormatException notALength) {
      throw new IOException("malformed length " + text, notALength);
    }
    throw new IOException("body length " + text + " must be 0 to " + MAX_BODY_BYTES);
  }

  private static byte[] readExactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("body ended after " + bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  private static Map<String, String> readHeaders(InputStream in) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    for (int i = 0; i < MAX_HEADERS; i++) {
      String line = line(in);
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IOException("malformed header line");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    throw new IOException("more than " + MAX_HEADERS + " headers");
  }

  private static String line(InputStream in) throws IOException {
    String line = readLine(in);
    if (line == null) {
      throw new EOFException("message ended in its head");
    }
    return line;
  }

  private static @Nullable String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        if (line.size() == 0) {
          return null;
        }
        throw new EOFException("message ended in its head");
      }
      if (line.size() == MAX_LINE_BYTES) {
        throw new IOException("a head line is longer than " + MAX_LINE_BYTES + " bytes");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
