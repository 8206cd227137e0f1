package io.payonce.submit;

import java.util.List;
import java.util.Optional;

/**
 * Some of many, newest first. Pages that follow each other show each payment once, however many are
 * accepted meanwhile.
 *
 * @param next where the next page begins; empty after the last one
 */
public record Page<T>(List<T> entries, Optional<PageToken> next) {
  public Page {
    entries = List.copyOf(entries);
  }
}
