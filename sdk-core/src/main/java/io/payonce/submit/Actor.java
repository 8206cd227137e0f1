package io.payonce.submit;

/**
 * Who decided something: a person or a named rule. Stored with the decision.
 *
 * @param name 1 to 100 characters, none of them U+0000
 */
public record Actor(String name) {
  public Actor {
    if (name.isBlank() || name.length() > 100) {
      throw new IllegalArgumentException(
          "actor has " + name.length() + " characters, must have 1 to 100 and not be blank");
    }
    if (name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("actor has the character U+0000, which no journal keeps");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
