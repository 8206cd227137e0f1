package io.payonce.examples.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What three providers are asked with each block while 100,000 payments of 100 wallets wait in
 * their pools, against 100 payments of the same wallets. Counted in virtual time.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.RpcCallsBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="100 100 100000"}): wallets, few payments, many payments.
 */
public final class RpcCallsBenchmark {
  private static final int MAX_IN_FLIGHT = 1_000;

  private RpcCallsBenchmark() {}

  public static void main(String[] arguments) {
    int lanes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int few = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
    int many = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100_000;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    RpcCallsRun.Calls small = new RpcCallsRun(lanes, few, MAX_IN_FLIGHT).measure();
    print(out, lanes, few, small);
    RpcCallsRun.Calls large = new RpcCallsRun(lanes, many, MAX_IN_FLIGHT).measure();
    print(out, lanes, many, large);
    out.printf(
        Locale.ROOT,
        "ratio %.3f of HTTP requests, %.3f of JSON-RPC requests%n",
        large.bodies() / small.bodies(),
        large.requests() / small.requests());
  }

  private static void print(PrintStream out, int lanes, int pending, RpcCallsRun.Calls calls) {
    out.printf(
        Locale.ROOT,
        "%d wallets, %7d pending: %.1f HTTP requests a block with %.1f JSON-RPC requests%n",
        lanes,
        pending,
        calls.bodies(),
        calls.requests());
  }
}
