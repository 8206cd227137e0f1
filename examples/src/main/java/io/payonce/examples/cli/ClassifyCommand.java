package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.failure.FailureClass;
import io.payonce.failure.FailureClassifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What nodes meant: one answer a line in, one meaning a line out, in the same order. A line that is
 * no answer gives an error object with its number, and the others go on; blank lines give nothing.
 */
@Command(
    name = "classify",
    mixinStandardHelpOptions = true,
    description = {
      "Says what nodes' refusals mean: reads one JSON object a line, such as",
      "  {\"client\":\"Geth/v1.13.5\",\"chain\":1,\"code\":-32000,\"message\":\"nonce too low\"}",
      "and prints class and action for each. Every field may be missing: client, chain, method,",
      "httpStatus, code, message, data, body. Asks no node."
    })
final class ClassifyCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--file",
      paramLabel = "PATH",
      description = "Reads this file in place of the standard input.")
  private @Nullable Path file;

  @Option(
      names = "--rules",
      paramLabel = "PATH",
      description = "Adds own rules, in the format of Payonce's rules.json.")
  private @Nullable Path rules;

  ClassifyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    FailureClassifier classifier = classifier();
    if (file == null) {
      return classify(classifier, terminal.in());
    }
    // Bytes that are no text are replaced, so that one bad line does not end the file.
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      return classify(classifier, lines);
    } catch (IOException unreadable) {
      throw Refusal.badInput("--file: " + file + " cannot be read; check path and rights");
    }
  }

  private FailureClassifier classifier() {
    if (rules == null) {
      return FailureClassifier.standard();
    }
    try {
      return FailureClassifier.standard().withRules(Files.readString(rules));
    } catch (IOException unreadable) {
      throw Refusal.badInput("--rules: " + rules + " cannot be read; check path and rights");
    } catch (IllegalArgumentException refused) {
      throw Refusal.badInput("--rules: " + refused.getMessage());
    }
  }

  private int classify(FailureClassifier classifier, BufferedReader input) {
    AnswerLines lines = new AnswerLines(input);
    int exit = ExitCode.OK;
    try {
      for (Optional<AnswerLines.Line> next = lines.next(); next.isPresent(); next = lines.next()) {
        AnswerLines.Line line = next.get();
        ObjectNode out = JsonNodeFactory.instance.objectNode().put("line", line.number());
        if (line instanceof AnswerLines.Line.Answer answer) {
          describe(out, classifier.classify(answer.answer()));
        } else {
          out.put("error", ((AnswerLines.Line.Malformed) line).reason());
          exit = ExitCode.BAD_INPUT;
        }
        terminal.out().println(out);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the input cannot be read", unreadable);
    }
    return exit;
  }

  private static void describe(ObjectNode out, FailureClass found) {
    out.put("class", found.code().name())
        .put("action", found.action().name())
        .put("rule", found.rule())
        .put("affectsHealth", found.affectsHealth())
        .put("throttle", found.throttle().name())
        .put("evidence", Failures.withoutUrls(found.evidence()));
  }
}
