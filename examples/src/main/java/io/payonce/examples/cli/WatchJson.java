package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.routing.EndpointHealth;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.HeadEvent;
import java.io.PrintStream;

/** One object per event, and one per endpoint whenever they are shown. */
final class WatchJson implements WatchView {
  private final PrintStream out;

  WatchJson(PrintStream out) {
    this.out = out;
  }

  @Override
  public void tell(HeadEvent event) {
    out.println(object(event));
  }

  @Override
  public void show(RpcPool pool) {
    pool.health().forEach(health -> out.println(object(health)));
    pool.alarm()
        .ifPresent(
            alarm -> {
              ObjectNode json = JsonEvents.event("alarm").put("since", alarm.since().toString());
              ArrayNode gone = json.putArray("gone");
              alarm.gone().forEach(operator -> gone.add(operator.id()));
              out.println(json);
            });
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

  private static ObjectNode object(EndpointHealth health) {
    ObjectNode json =
        JsonEvents.event("endpoint")
            .put("name", health.name())
            .put("operator", health.operator().id())
            .put("state", health.state().name())
            .put("reason", health.reason())
            .put("verified", health.verified())
            .put("behind", health.behind())
            .put("inconsistency", health.inconsistency())
            .put("latencyMicros", health.latency().toNanos() / 1000)
            .put("throttledMillis", health.throttledFor().toMillis())
            .put("dissents", health.dissents());
    health.head().ifPresent(number -> json.put("head", number));
    return json;
  }
}
