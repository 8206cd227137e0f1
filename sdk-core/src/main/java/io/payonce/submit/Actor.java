package io.payonce.submit;

import io.payonce.internal.StorableText;

/**
 * Who decided something: a person or a named rule. Stored with the decision.
 *
 * @param name 1 to 100 characters, not blank, none of them U+0000
 */
public record Actor(String name) {
  public Actor {
    StorableText.checked("actor", name, 100);
    if (name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("actor has the character U+0000, which no journal keeps");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
