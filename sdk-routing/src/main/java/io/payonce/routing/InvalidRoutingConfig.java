package io.payonce.routing;

import java.util.List;

/** A pool that cannot be built: all reasons at once. Nothing was contacted. */
public final class InvalidRoutingConfig extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  InvalidRoutingConfig(List<Problem> problems) {
    super(text(problems));
    this.problems = List.copyOf(problems);
  }

  /** Every problem, in the order of the configuration. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * One setting that cannot stay.
   *
   * @param value as it was given; {@code ***} for a URL
   * @param limit what would be valid
   * @param remedy what to do
   */
  public record Problem(String field, String value, String limit, String remedy) {
    @Override
    public String toString() {
      return field + " = " + value + ": must be " + limit + "; " + remedy;
    }
  }

  private static String text(List<Problem> problems) {
    StringBuilder text = new StringBuilder("the pool has " + problems.size() + " problem(s)");
    problems.forEach(problem -> text.append("\n- ").append(problem));
    return text.toString();
  }
}
