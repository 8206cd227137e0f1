package io.payonce.examples.cli;

import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Ticker;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.SecretUri;
import io.payonce.rpc.HeadEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a pool sees its endpoints, and the heads that they tell, as it happens. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Follows the head of the chain and the state of each endpoint until Ctrl-C: on a terminal",
      "as a picture that changes in place, elsewhere as lines."
    })
final class RpcWatchCommand implements Callable<Integer> {
  private static final Duration LAST_WORDS = Duration.ofSeconds(3);

  private final Terminal terminal;

  @Mixin private RpcOptions rpc = new RpcOptions();

  @Option(
      names = "--ws",
      split = ",",
      paramLabel = "OPERATOR=URL",
      description = "Where heads of this operator are pushed from; without, it is polled.")
  private List<String> pushed = new ArrayList<>();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "Ends after so long, like 90s or 10m.")
  private @Nullable String time;

  @Option(names = "--count", paramLabel = "HEADS", description = "Ends after so many new heads.")
  private @Nullable Integer count;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "How often the endpoints are shown; default ${DEFAULT-VALUE}.")
  private String every = "5s";

  @Option(names = "--json", description = "One JSON object per event.")
  private boolean json;

  RpcWatchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    long showEvery = Durations.option("--every", every).toNanos();
    Optional<Duration> length = Optional.ofNullable(time).map(t -> Durations.option("--for", t));
    if (count != null && count < 1) {
      throw Refusal.badInput("--count: must be 1 or more");
    }
    try (RpcPool pool = open()) {
      WatchView view =
          json
              ? new WatchJson(terminal.out())
              : terminal.isScreen()
                  ? new WatchScreen(terminal.out(), pool)
                  : new WatchLines(terminal.out());
      HeadInbox inbox = new HeadInbox();
      pool.heads().subscribe(inbox);
      Ticker ticker = Ticker.system();
      long start = ticker.nanos();
      CountDownLatch ended = new CountDownLatch(1);
      Thread onStop = onStop(Thread.currentThread(), ended);
      try {
        watch(pool, view, inbox, showEvery, ticker, length.map(l -> start + l.toNanos()));
        view.show(pool);
      } catch (InterruptedException stopped) {
        view.show(pool); // Ctrl-C is how a watch ends
      } finally {
        view.end();
        ended.countDown();
        forget(onStop);
      }
    }
    return ExitCode.OK;
  }

  private void watch(
      RpcPool pool,
      WatchView view,
      HeadInbox inbox,
      long showEvery,
      Ticker ticker,
      Optional<Long> end)
      throws InterruptedException {
    long showAt = ticker.nanos() + showEvery;
    int heads = 0;
    while (end.isEmpty() || end.get() - ticker.nanos() > 0) {
      long until = end.isPresent() && end.get() - showAt < 0 ? end.get() : showAt;
      HeadEvent event = inbox.next(until - ticker.nanos());
      if (event != null) {
        view.tell(event);
        heads += event instanceof HeadEvent.NewHead ? 1 : 0;
        if (count != null && heads == count) {
          return;
        }
      }
      if (showAt - ticker.nanos() <= 0) {
        view.show(pool);
        showAt = ticker.nanos() + showEvery;
      }
    }
  }

  /** The process is asked to end: the terminal is put right before it does. */
  private static Thread onStop(Thread watching, CountDownLatch ended) {
    Thread hook =
        new Thread(
            () -> {
              watching.interrupt();
              try {
                boolean unused = ended.await(LAST_WORDS.toSeconds(), TimeUnit.SECONDS);
              } catch (InterruptedException atOnce) {
                Thread.currentThread().interrupt();
              }
            },
            "rpc-watch-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // Safe: it has run.
    }
  }

  private RpcPool open() {
    List<Endpoint> endpoints = listening(rpc.endpoints());
    ChainProfiles known = Network.check(rpc, endpoints);
    ChainProfile profile = known.requireSupported(new ChainProbe().chainOf(endpoints, terminal));
    return RpcPool.builder(profile).endpoints(endpoints).singleOperator(true).build();
  }

  /** The first endpoint of each operator that pushes heads. */
  private List<Endpoint> listening(List<Endpoint> endpoints) {
    Map<String, String> left = urlsOfHeads();
    List<Endpoint> all = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      String url = left.remove(endpoint.operator().id());
      all.add(url == null ? endpoint : endpoint.withWebSocket(SecretUri.of(url)));
    }
    if (!left.isEmpty()) {
      throw Refusal.badInput("--ws: no endpoint is of operator " + left.keySet());
    }
    return all;
  }

  /** By operator. Nothing of a wrong value is shown: it may be a URL, and so a secret. */
  private Map<String, String> urlsOfHeads() {
    Map<String, String> urls = new TreeMap<>();
    for (String given : pushed) {
      Matcher named = RpcOptions.NAMED.matcher(given);
      if (!named.matches()) {
        throw Refusal.badInput("--ws: each value must be OPERATOR=URL");
      }
      if (urls.put(named.group(1), named.group(2)) != null) {
        throw Refusal.badInput("--ws: operator " + named.group(1) + " is given twice");
      }
    }
    return urls;
  }
}
