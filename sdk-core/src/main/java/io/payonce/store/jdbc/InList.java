package io.payonce.store.jdbc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Values that one statement asks for together. Lists come in a few lengths, filled up with their
 * last value, so that few statements are prepared.
 */
final class InList {
  private static final List<Integer> LENGTHS = List.of(1, 8, 32, 128);
  private static final int LONGEST = LENGTHS.get(LENGTHS.size() - 1);

  private InList() {}

  /** The values in lists of such lengths; together they hold each value at least once. */
  static <T> List<List<T>> of(Collection<T> values) {
    List<T> all = List.copyOf(values);
    List<List<T>> lists = new ArrayList<>();
    for (int from = 0; from < all.size(); from += LONGEST) {
      List<T> part = all.subList(from, Math.min(all.size(), from + LONGEST));
      List<T> list = new ArrayList<>(part);
      T last = part.get(part.size() - 1);
      list.addAll(Collections.nCopies(length(part.size()) - part.size(), last));
      lists.add(list);
    }
    return lists;
  }

  /** The parameters of a list, as {@code ?, ?, ?}. */
  static String marks(List<?> list) {
    return String.join(", ", Collections.nCopies(list.size(), "?"));
  }

  private static int length(int values) {
    return LENGTHS.stream().filter(length -> length >= values).findFirst().orElse(LONGEST);
  }
}
