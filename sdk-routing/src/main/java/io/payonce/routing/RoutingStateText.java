package io.payonce.routing;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.TransactionHash;
import io.payonce.rpc.Operator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.YearMonth;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The state of a pool as lines of words: what it is about, then its values. The first line names
 * the format, the last one is the SHA-256 of all before it, so that a torn or altered file is none.
 */
final class RoutingStateText {
  private static final String FORMAT = "payonce-routing-state 1";
  private static final String END = "sha256 ";
  private static final String NONE = "-";

  private RoutingStateText() {}

  static String of(RoutingState state) {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    line(text, "chain", state.chain().toString());
    state.voters().forEach(voter -> line(text, "voter", voter.id()));
    state
        .finalized()
        .ifPresent(
            block -> line(text, "final", Long.toString(block.number()), block.hash().value()));
    state
        .credits()
        .forEach(
            (name, spent) -> line(text, "credits", name, spent.month() + " " + spent.credits()));
    state
        .quarantines()
        .forEach(
            (name, why) ->
                line(
                    text,
                    why.untilReleased() ? "lied" : "strange",
                    name,
                    why.operator().id(),
                    why.reason().replaceAll("\\p{Cntrl}", " ")));
    state
        .missing()
        .forEach(
            (name, methods) ->
                methods.forEach(
                    (method, until) -> line(text, "lacks", name, method, until.toString())));
    state
        .history()
        .forEach(
            (name, kinds) ->
                kinds.forEach(
                    (kind, first) ->
                        line(
                            text,
                            "since",
                            name,
                            kind.name(),
                            first.block() + " " + first.until())));
    state
        .limits()
        .forEach(
            (name, limits) ->
                limits.forEach(
                    (limit, most) ->
                        line(text, "most", name, limit.name(), most.count() + " " + most.until())));
    state
        .hidden()
        .forEach(
            (hash, one) ->
                line(
                    text,
                    "private",
                    hash,
                    one.sender().value(),
                    one.nonce()
                        + " "
                        + (one.since().isPresent() ? one.since().getAsLong() : NONE)
                        + " "
                        + (one.publicAfter().isPresent() ? one.publicAfter().getAsInt() : NONE)));
    return text + END + digest(text.toString()) + "\n";
  }

  private static void line(StringBuilder text, String... words) {
    text.append(String.join(" ", words)).append('\n');
  }

  static RoutingState parse(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.lastIndexOf(END);
    boolean isWhole =
        text.startsWith(FORMAT + "\n")
            && end > 0
            && text.substring(end).equals(END + digest(text.substring(0, end)) + "\n");
    if (!isWhole) {
      throw new RoutingStateException(
          text.startsWith("payonce-routing-state ") && !text.startsWith(FORMAT + "\n")
              ? "the stored routing state is of another version"
              : "the stored routing state is torn or was altered");
    }
    try {
      return parse(text.substring(FORMAT.length() + 1, end));
    } catch (RuntimeException broken) {
      throw new RoutingStateException("the stored routing state cannot be understood");
    }
  }

  private static RoutingState parse(String lines) {
    Optional<ChainId> chain = Optional.empty();
    Optional<BlockRef> finalized = Optional.empty();
    TreeSet<Operator> voters = new TreeSet<>();
    TreeMap<String, RoutingState.Spent> credits = new TreeMap<>();
    TreeMap<String, RoutingState.Quarantine> quarantines = new TreeMap<>();
    TreeMap<String, SortedMap<String, Instant>> missing = new TreeMap<>();
    TreeMap<String, SortedMap<HistoryKind, RoutingState.First>> history = new TreeMap<>();
    TreeMap<String, SortedMap<RoutingState.Limit, RoutingState.Most>> limits = new TreeMap<>();
    TreeMap<String, RoutingState.Hidden> hidden = new TreeMap<>();
    for (String line : lines.split("\n")) {
      String[] words = line.split(" ", 4);
      switch (words[0]) {
        case "chain" -> chain = Optional.of(ChainId.of(Long.parseLong(words[1])));
        case "voter" -> voters.add(new Operator(words[1]));
        case "final" ->
            finalized = Optional.of(new BlockRef(Long.parseLong(words[1]), BlockHash.of(words[2])));
        case "credits" ->
            credits.put(
                words[1],
                new RoutingState.Spent(YearMonth.parse(words[2]), Long.parseLong(words[3])));
        case "lied", "strange" ->
            quarantines.put(
                words[1],
                new RoutingState.Quarantine(
                    new Operator(words[2]), words[3], words[0].equals("lied")));
        case "lacks" ->
            missing
                .computeIfAbsent(words[1], name -> new TreeMap<>())
                .put(words[2], Instant.parse(words[3]));
        case "since" -> {
          String[] first = words[3].split(" ");
          history
              .computeIfAbsent(words[1], name -> new TreeMap<>())
              .put(
                  HistoryKind.valueOf(words[2]),
                  new RoutingState.First(Long.parseLong(first[0]), Instant.parse(first[1])));
        }
        case "most" -> {
          String[] most = words[3].split(" ");
          limits
              .computeIfAbsent(words[1], name -> new TreeMap<>())
              .put(
                  RoutingState.Limit.valueOf(words[2]),
                  new RoutingState.Most(Long.parseLong(most[0]), Instant.parse(most[1])));
        }
        case "private" -> {
          String[] rest = words[3].split(" ");
          hidden.put(
              TransactionHash.of(words[1]).value(),
              new RoutingState.Hidden(
                  Address.of(words[2]),
                  Long.parseLong(rest[0]),
                  rest[1].equals(NONE)
                      ? OptionalLong.empty()
                      : OptionalLong.of(Long.parseLong(rest[1])),
                  rest[2].equals(NONE)
                      ? OptionalInt.empty()
                      : OptionalInt.of(Integer.parseInt(rest[2]))));
        }
        default -> throw new IllegalArgumentException("unknown line");
      }
    }
    return new RoutingState(
        chain.orElseThrow(),
        credits,
        quarantines,
        missing,
        history,
        limits,
        finalized,
        voters,
        hidden);
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
