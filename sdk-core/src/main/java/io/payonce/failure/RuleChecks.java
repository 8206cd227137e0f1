package io.payonce.failure;

import io.payonce.ChainId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What must hold between rules before any of them is used: each decides all of its samples and none
 * of its near misses, for every client that it is about. So no two rules of one scope can claim one
 * sample with different meanings.
 */
final class RuleChecks {
  private RuleChecks() {}

  static void require(FailureClassifier classifier) {
    Set<String> ids = new HashSet<>();
    for (FailureRule rule : classifier.rules()) {
      if (!ids.add(rule.id())) {
        throw FailureRule.refused(rule.id(), "is there twice");
      }
      for (String sample : rule.samples()) {
        for (NodeAnswer answer : answers(rule, sample)) {
          FailureClass found = classifier.classify(answer);
          if (!found.rule().equals(rule.id())) {
            String other = found.rule().isEmpty() ? "no rule alone" : "rule " + found.rule();
            throw FailureRule.refused(
                rule.id(), "does not decide its sample '" + sample + "': " + other + " does");
          }
        }
      }
      for (String nearMiss : rule.nearMisses()) {
        for (NodeAnswer answer : answers(rule, nearMiss)) {
          if (classifier.classify(answer).rule().equals(rule.id())) {
            throw FailureRule.refused(rule.id(), "decides its near miss '" + nearMiss + "'");
          }
        }
      }
    }
  }

  /** A sample as the clients of its rule would say it. */
  static List<NodeAnswer> answers(FailureRule rule, String sample) {
    List<NodeAnswer> answers = new ArrayList<>();
    for (NodeClient client : rule.scope().examples()) {
      NodeAnswer said = said(rule, sample).by(client).to(rule.method());
      if (rule.scope().chains().isEmpty()) {
        answers.add(said);
      }
      rule.scope().chains().forEach(chain -> answers.add(said.on(ChainId.of(chain))));
    }
    return answers;
  }

  /** Samples of codes and statuses are the number, a blank and the words beside it. */
  private static NodeAnswer said(FailureRule rule, String sample) {
    return switch (rule.field()) {
      case TEXT -> NodeAnswer.error(rule.rpcCode().orElse(0), sample);
      case BODY -> NodeAnswer.http(0, sample);
      case CODE -> NodeAnswer.error(number(sample), words(sample));
      case STATUS -> NodeAnswer.http(number(sample), words(sample));
    };
  }

  private static int number(String sample) {
    return Integer.parseInt(sample.split(" ", 2)[0]);
  }

  private static String words(String sample) {
    String[] parts = sample.split(" ", 2);
    return parts.length == 2 ? parts[1] : "";
  }
}
