package io.payonce.rpc;

import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Log;
import io.payonce.internal.LogsBloom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether what an operator shows of the logs of some blocks fits together. Pure. */
final class LogBallot {
  private final Fact.LogsIn asked;

  LogBallot(Fact.LogsIn asked) {
    this.asked = asked;
  }

  /**
   * A header, and which logs its block may have.
   *
   * @param bloom 256 bytes; empty where the node shows none
   */
  record Bloomed(BlockHeader header, Optional<Bytes> bloom) {
    boolean mayHold(Log log) {
      return bloom.map(bits -> LogsBloom.mayHold(bits.toArray(), log)).orElse(true);
    }
  }

  Ballot<List<IncludedLog>> of(List<RpcOutcome<?>> outcomes) {
    int last = outcomes.size() - 1;
    List<Bloomed> headers = new ArrayList<>();
    for (int i = 0; i < last; i++) {
      long number = asked.from() + i;
      Ballot<Optional<Bloomed>> block = Facts.ballot(outcomes, i);
      Ballot<Bloomed> header =
          Facts.present(block, "is behind block " + number)
              .then(found -> Facts.atHeight(number, found.header().ref(), found));
      if (!(header instanceof Ballot.Vote<Bloomed> shown)) {
        return new Ballot.Absent<>(((Ballot.Absent<Bloomed>) header).reason());
      }
      headers.add(shown.value());
    }
    if (!isChain(headers)) {
      return new Ballot.Absent<>(
          "has another block " + asked.to().number() + ", or no chain to it");
    }
    Ballot<List<IncludedLog>> found = Facts.ballot(outcomes, last);
    return found.then(
        logs -> {
          String flaw = flaw(headers, logs);
          return flaw.isEmpty()
              ? new Ballot.Vote<>(List.copyOf(logs))
              : new Ballot.Absent<>("lists a log " + flaw);
        });
  }

  private boolean isChain(List<Bloomed> headers) {
    for (int i = 1; i < headers.size(); i++) {
      if (!headers.get(i).header().parent().equals(headers.get(i - 1).header().ref().hash())) {
        return false;
      }
    }
    return headers.get(headers.size() - 1).header().ref().equals(asked.to());
  }

  /** What is wrong with the first log that cannot be one of these blocks; empty when none is. */
  private String flaw(List<Bloomed> headers, List<IncludedLog> logs) {
    long number = asked.from();
    long index = -1; // of the log before, in its block
    for (IncludedLog log : logs) {
      BlockRef block = log.block();
      if (block.number() < asked.from() || block.number() > asked.to().number()) {
        return "of block " + block.number();
      }
      Bloomed header = headers.get((int) (block.number() - asked.from()));
      boolean isNext =
          block.number() == number ? log.log().index() > index : block.number() > number;
      if (!isNext) {
        return "out of order in block " + block.number();
      }
      if (!header.header().ref().equals(block)) {
        return "of another block " + block.number();
      }
      if (!isAskedFor(log.log())) {
        return "that was not asked for";
      }
      if (!header.mayHold(log.log())) {
        return "that the bloom of block " + block.number() + " excludes";
      }
      number = block.number();
      index = log.log().index();
    }
    return "";
  }

  private boolean isAskedFor(Log log) {
    if (!asked.contracts().isEmpty() && !asked.contracts().contains(log.address())) {
      return false;
    }
    for (int i = 0; i < asked.topics().size(); i++) {
      List<Bytes> allowed = asked.topics().get(i);
      boolean isThere = i < log.topics().size();
      if (!isThere || (!allowed.isEmpty() && !allowed.contains(log.topics().get(i)))) {
        return false;
      }
    }
    return true;
  }
}
