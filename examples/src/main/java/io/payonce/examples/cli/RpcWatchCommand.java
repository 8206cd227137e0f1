package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Ticker;
import io.payonce.routing.Endpoint;
import io.payonce.routing.EndpointHealth;
import io.payonce.routing.RpcPool;
import io.payonce.routing.SecretUri;
import io.payonce.rpc.HeadEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a pool sees its endpoints, and the heads that they tell, as it happens. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = "Follows the head of the chain and the state of each endpoint until Ctrl-C.")
final class RpcWatchCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private RpcOptions rpc = new RpcOptions();

  @Option(
      names = "--ws",
      split = ",",
      paramLabel = "OPERATOR=URL",
      description = "Where heads of this operator are pushed from; without, it is polled.")
  private Map<String, String> pushed = new TreeMap<>();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "Ends after so long, like 90s or 10m.")
  private @Nullable String time;

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
  public Integer call() throws InterruptedException {
    Ticker ticker = Ticker.system();
    long showEvery = duration("--every", every).toNanos();
    Optional<Long> end =
        Optional.ofNullable(time).map(t -> ticker.nanos() + duration("--for", t).toNanos());
    BlockingQueue<HeadEvent> events = new LinkedBlockingQueue<>();
    try (RpcPool pool = open()) {
      pool.heads().subscribe(into(events));
      long showAt = ticker.nanos() + showEvery;
      while (end.isEmpty() || end.get() - ticker.nanos() > 0) {
        long until = end.isPresent() && end.get() - showAt < 0 ? end.get() : showAt;
        HeadEvent event = events.poll(until - ticker.nanos(), TimeUnit.NANOSECONDS);
        if (event != null) {
          tell(event);
        }
        if (showAt - ticker.nanos() <= 0) {
          show(pool);
          showAt = ticker.nanos() + showEvery;
        }
      }
      show(pool);
    }
    return ExitCode.OK;
  }

  private static Duration duration(String option, String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException unreadable) {
      throw Refusal.badInput(option + ": " + unreadable.getMessage());
    }
  }

  private RpcPool open() {
    List<Endpoint> endpoints = rpc.endpoints();
    Network.check(rpc);
    ChainProfiles known =
        rpc.profile().map(ChainProfiles::withOverrides).orElseGet(ChainProfiles::builtIn);
    ChainProfile profile = known.requireSupported(new ChainProbe().chainOf(endpoints, terminal));
    return RpcPool.builder(profile).endpoints(listening(endpoints)).singleOperator(true).build();
  }

  /** The first endpoint of each operator that pushes heads. */
  private List<Endpoint> listening(List<Endpoint> endpoints) {
    Map<String, String> left = new TreeMap<>(pushed);
    List<Endpoint> all = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      String url = left.remove(endpoint.operator().id());
      all.add(
          url == null
              ? endpoint
              : Endpoint.builder(endpoint.name(), endpoint.operator().id(), endpoint.uri())
                  .webSocket(SecretUri.of(url))
                  .build());
    }
    if (!left.isEmpty()) {
      throw Refusal.badInput("--ws: no endpoint of --rpc is of operator " + left.keySet());
    }
    return all;
  }

  private static Flow.Subscriber<HeadEvent> into(BlockingQueue<HeadEvent> events) {
    return new Flow.Subscriber<>() {
      @Override
      public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
      }

      @Override
      public void onNext(HeadEvent event) {
        events.add(event);
      }

      @Override
      public void onError(Throwable failure) {
        throw new IllegalStateException(failure); // only for a wrong request, which is above
      }

      @Override
      public void onComplete() {
        // The pool was closed by this command.
      }
    };
  }

  private void tell(HeadEvent event) {
    if (json) {
      terminal.out().println(object(event));
    } else {
      terminal.out().println(line(event));
    }
  }

  private static String line(HeadEvent event) {
    if (event instanceof HeadEvent.NewHead head) {
      String alone = head.singleSource() ? " told by one operator alone" : "";
      return "head " + head.header().number() + " " + head.header().hash().value() + alone;
    }
    if (event instanceof HeadEvent.Reorg reorg) {
      return "reorg of " + reorg.depth() + " blocks, back to " + reorg.commonAncestor();
    }
    if (event instanceof HeadEvent.FinalityAdvanced advanced) {
      return "final " + advanced.block();
    }
    if (event instanceof HeadEvent.Stalled stalled) {
      return "stalled: " + stalled.why().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
    List<String> pushing = ((HeadEvent.SourceChanged) event).endpoints();
    return pushing.isEmpty() ? "polling for heads" : "heads pushed by " + pushing;
  }

  private static ObjectNode object(HeadEvent event) {
    if (event instanceof HeadEvent.NewHead head) {
      return JsonEvents.event("head")
          .put("number", head.header().number())
          .put("hash", head.header().hash().value())
          .put("parent", head.header().parent().value())
          .put("singleSource", head.singleSource());
    }
    if (event instanceof HeadEvent.Reorg reorg) {
      return JsonEvents.event("reorg")
          .put("depth", reorg.depth())
          .put("oldTip", reorg.oldTip().hash().value())
          .put("newTip", reorg.newTip().hash().value())
          .put("ancestor", reorg.commonAncestor().number());
    }
    if (event instanceof HeadEvent.FinalityAdvanced advanced) {
      return JsonEvents.event("final")
          .put("number", advanced.block().number())
          .put("hash", advanced.block().hash().value());
    }
    if (event instanceof HeadEvent.Stalled stalled) {
      return JsonEvents.event("stalled").put("why", stalled.why().name());
    }
    ObjectNode source = JsonEvents.event("source");
    ((HeadEvent.SourceChanged) event).endpoints().forEach(source.putArray("endpoints")::add);
    return source;
  }

  private void show(RpcPool pool) {
    if (json) {
      pool.health().forEach(health -> terminal.out().println(object(health)));
      return;
    }
    TextTable table =
        new TextTable(
            "ENDPOINT", "OPERATOR", "STATE", "HEAD", "LATENCY MS", "IN FLIGHT", "DISSENTS", "NOTE");
    for (EndpointHealth health : pool.health()) {
      table.row(
          health.name(),
          health.operator().id(),
          health.state() + (health.behind() ? " behind" : ""),
          health.head().isPresent() ? Long.toString(health.head().getAsLong()) : "-",
          String.format(Locale.ROOT, "%.1f", health.latency().toNanos() / 1e6),
          Integer.toString(health.inFlight()),
          Long.toString(health.dissents()),
          note(health));
    }
    table.print(terminal.out());
    pool.alarm().ifPresent(alarm -> terminal.out().println("ALARM: left: " + alarm.gone()));
  }

  private static String note(EndpointHealth health) {
    String throttled =
        health.throttledFor().isZero()
            ? ""
            : "throttled for " + health.throttledFor().toSeconds() + " s; ";
    String verified = health.verified() ? "" : "chain id not proven; ";
    return throttled + verified + health.reason();
  }

  private static ObjectNode object(EndpointHealth health) {
    ObjectNode json =
        JsonEvents.event("endpoint")
            .put("name", health.name())
            .put("operator", health.operator().id())
            .put("state", health.state().name())
            .put("reason", health.reason())
            .put("verified", health.verified())
            .put("behind", health.behind())
            .put("latencyMicros", health.latency().toNanos() / 1000)
            .put("throttledMillis", health.throttledFor().toMillis())
            .put("dissents", health.dissents());
    health.head().ifPresent(number -> json.put("head", number));
    return json;
  }
}
