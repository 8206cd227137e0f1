package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Transfer;
import io.payonce.WalletPool;
import io.payonce.failure.Diagnosis;
import io.payonce.nonce.LaneAudit;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.StoredSlot;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;

/** Everything that the commands print for programs: one object a line, amounts as strings. */
final class JsonEvents {
  private JsonEvents() {}

  static ObjectNode event(String name) {
    return JsonNodeFactory.instance.objectNode().put("event", name);
  }

  static ObjectNode status(String event, TransferStatus status) {
    ObjectNode json = event(event).put("key", status.key().toString());
    json.put("state", status.state().name());
    json.put("verdict", verdict(status.verdict()));
    json.put("safeToRefund", status.verdict().safeToRefund());
    if (!status.code().isEmpty()) {
      json.put("code", status.code()).put("reason", Failures.withoutUrls(status.reason()));
    }
    transfer(json, status);
    status.nonce().ifPresent(nonce -> json.put("nonce", nonce));
    ArrayNode hashes = json.putArray("hashes");
    status.hashes().forEach(hash -> hashes.add(hash.value()));
    status
        .winner()
        .ifPresent(
            winner ->
                json.put("hash", winner.hash().value())
                    .put("block", winner.block().number())
                    .put("blockHash", winner.block().hash().value())
                    .put("blockTime", winner.blockTime().toString())
                    .put("gasUsed", winner.gasUsed().toString())
                    .put("feeWei", winner.fee().value().toString()));
    return json.put("updatedAt", status.updatedAt().toString());
  }

  private static void transfer(ObjectNode json, TransferStatus status) {
    Transfer transfer = status.transfer();
    json.put("chain", transfer.chain().value());
    json.put("from", status.lane().address().checksummed());
    if (transfer.from() instanceof WalletPool pool) {
      json.put("pool", pool.name());
    }
    json.put("to", transfer.to().checksummed());
    json.put("asset", transfer.amount().asset().toString());
    json.put("units", transfer.amount().units().toString());
  }

  /** The type of the verdict in words that stay. */
  static String verdict(Verdict verdict) {
    if (verdict instanceof Verdict.PaidFinal) {
      return "PAID_FINAL";
    }
    if (verdict instanceof Verdict.PaidProbable) {
      return "PAID_PROBABLE";
    }
    if (verdict instanceof Verdict.NotPaidFinal) {
      return "NOT_PAID_FINAL";
    }
    return verdict instanceof Verdict.Undecided ? "UNDECIDED" : "PENDING";
  }

  static ObjectNode sent(String key, BroadcastEvidence evidence) {
    ObjectNode json = event("sent").put("key", key).put("hash", evidence.hash().value());
    json.put("outcome", evidence.outcome().name());
    ArrayNode answers = json.putArray("answers");
    evidence
        .answers()
        .forEach(
            answer ->
                answers
                    .addObject()
                    .put("operator", answer.operator().id())
                    .put("endpoint", answer.endpoint())
                    .put("verdict", answer.verdict().name())
                    .put("message", Failures.withoutUrls(answer.message())));
    return json;
  }

  static ObjectNode lane(LaneStatus lane) {
    return event("lane")
        .put("lane", lane.id().toString())
        .put("state", lane.state().name())
        .put("nextNonce", lane.nextNonce())
        .put("finalNonce", lane.finalNonce())
        .put("incident", lane.incident());
  }

  static ObjectNode slot(StoredSlot slot) {
    ObjectNode json = event("slot").put("lane", slot.id().lane().toString());
    json.put("nonce", slot.id().nonce()).put("state", slot.state().name());
    slot.consumption()
        .ifPresent(by -> json.put("consumer", by.by().name()).put("hash", by.hash().value()));
    return json;
  }

  static ObjectNode audit(LaneAudit audit) {
    ObjectNode json = event("audit").put("clean", audit.isClean());
    json.put("nextNonce", audit.nextNonce()).put("countAtHead", audit.countAtHead());
    json.put("pendingClaim", audit.pendingClaim());
    ArrayNode unknown = json.putArray("unknown");
    audit.unknown().forEach(hash -> unknown.add(hash.value()));
    return json;
  }

  static ObjectNode diagnosis(String key, Diagnosis diagnosis) {
    ObjectNode json = event("diagnosis").put("key", key).put("code", diagnosis.code().name());
    json.put("nextAction", diagnosis.nextAction().name());
    json.put("en", diagnosis.texts().english()).put("zh", diagnosis.texts().chinese());
    ArrayNode evidence = json.putArray("evidence");
    for (Diagnosis.Evidence item : diagnosis.evidence()) {
      ObjectNode each = evidence.addObject().put("source", item.source().name());
      each.put("text", Failures.withoutUrls(item.text())).put("at", item.at().toString());
      item.block().ifPresent(block -> each.put("block", block.number()));
    }
    return json;
  }

  /** The last line of a payout. */
  static ObjectNode summary(Summary summary) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("rows", summary.rows())
        .put("paidFinal", summary.paidFinal())
        .put("notPaid", summary.notPaid())
        .put("held", summary.held())
        .put("undecided", summary.undecided());
  }
}
