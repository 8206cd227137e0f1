package io.payonce.routing;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint's URL, which is a secret: providers put keys into path, query or user-info. It prints
 * as {@code ***}; {@link #reveal()} is the one way to the text, so that one search lists every use.
 * Immutable.
 */
public final class SecretUri {
  /** A shorter piece of a URL is a version or a network name, not a key. */
  private static final int SHORTEST_KEY = 8;

  /** Only asked for membership. */
  private static final Set<String> SOCKETS = Set.of("ws", "wss");

  /** The same. */
  private static final Set<String> ENCRYPTED = Set.of("https", "wss");

  private final String text;
  private final @Nullable URI uri;
  private final boolean plaintextAllowed;
  private final List<String> secrets;

  private SecretUri(String text, boolean plaintextAllowed) {
    this.text = text;
    this.uri = parse(text);
    this.plaintextAllowed = plaintextAllowed;
    this.secrets = secretsOf(text, uri);
  }

  /** Checked when the pool is built, where the complaint names the endpoint and not the URL. */
  public static SecretUri of(String url) {
    return new SecretUri(url, false);
  }

  /** The same for {@code http} to another machine: anyone on the way can read, and change, it. */
  public static SecretUri allowPlaintext(String url) {
    return new SecretUri(url, true);
  }

  /** The text itself. Never log it. */
  public String reveal() {
    return text;
  }

  /** Replaces each piece of this URL that may be a credential, as nodes and proxies echo them. */
  public String mask(String message) {
    String masked = message;
    for (String secret : secrets) {
      masked = Mask.without(masked, secret);
    }
    return masked;
  }

  /** What keeps it from being used, without any part of it. */
  Optional<String> problem() {
    return isWebSocket()
        ? webSocketProblem()
        : problem("https", "http", "must begin with https://, http://, wss:// or ws://");
  }

  /** Whether its scheme is one of WebSockets. */
  boolean isWebSocket() {
    return uri != null
        && SOCKETS.contains(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
  }

  /** Whether TLS is spoken there. */
  boolean isEncrypted() {
    return uri != null
        && ENCRYPTED.contains(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
  }

  Optional<String> webSocketProblem() {
    return problem("wss", "ws", "must begin with wss:// or ws://");
  }

  private Optional<String> problem(String safe, String plain, String otherwise) {
    if (uri == null || uri.getHost() == null) {
      return Optional.of("is no URL with a host");
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals(safe) && !scheme.equals(plain)) {
      return Optional.of(otherwise);
    }
    HttpUrl url = asConnected();
    if (url == null) {
      return Optional.of("has a host or a port that none can have");
    }
    if (scheme.equals(plain) && !plaintextAllowed && !isLoopback(url.host())) {
      return Optional.of(
          "is plain " + plain + " to another machine; use " + safe + " or allowPlaintext");
    }
    return Optional.empty();
  }

  /** As it is connected to, in the one way to write it; null where that is impossible. */
  private @Nullable HttpUrl asConnected() {
    // The library knows the schemes of the requests that open a WebSocket.
    return HttpUrl.parse(text.replaceFirst("^(?i)ws", "http"));
  }

  /** Whether both lead to the same place in the same way, however they are written. */
  boolean isSamePlace(SecretUri other) {
    HttpUrl mine = asConnected();
    return text.equals(other.text)
        || (mine != null
            && mine.equals(other.asConnected())
            && isWebSocket() == other.isWebSocket());
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  private static @Nullable URI parse(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException malformed) {
      return null; // its message quotes the text; problem() says so without
    }
  }

  private static List<String> secretsOf(String text, @Nullable URI uri) {
    List<String> secrets = new ArrayList<>();
    if (!text.isEmpty()) {
      secrets.add(text);
    }
    if (uri != null) {
      addPieces(secrets, uri.getRawUserInfo(), "[:]", 1);
      addPieces(secrets, uri.getUserInfo(), "[:]", 1);
      if (uri.getUserInfo() != null) {
        secrets.add(asSent(uri.getUserInfo()));
      }
      addPieces(secrets, uri.getRawPath(), "/", SHORTEST_KEY);
      addPieces(secrets, uri.getPath(), "/", SHORTEST_KEY);
      addPieces(secrets, uri.getRawQuery(), "[&=]", SHORTEST_KEY);
      addPieces(secrets, uri.getQuery(), "[&=]", SHORTEST_KEY);
    }
    secrets.sort(Comparator.comparingInt(String::length).reversed());
    return List.copyOf(secrets);
  }

  /** User and password as they travel (RFC 7617), in the form that a node or proxy may echo. */
  private static String asSent(String userInfo) {
    String pair = userInfo.contains(":") ? userInfo : userInfo + ":";
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void addPieces(
      List<String> secrets, @Nullable String part, String separator, int shortest) {
    if (part == null) {
      return;
    }
    for (String piece : part.split(separator, -1)) {
      if (piece.length() >= shortest) {
        secrets.add(piece);
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SecretUri secret
        && text.equals(secret.text)
        && plaintextAllowed == secret.plaintextAllowed;
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
