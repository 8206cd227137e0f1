package io.payonce.submit;

/**
 * Who decided something: a person or a named rule. Stored with the decision.
 *
 * @param name 1 to 100 characters
 */
public record Actor(String name) {
  public Actor {
    if (name.isBlank() || name.length() > 100) {
      throw new IllegalArgumentException(
          "actor has " + name.length() + " characters, must have 1 to 100 and not be blank");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
