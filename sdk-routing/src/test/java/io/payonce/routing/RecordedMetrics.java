package io.payonce.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Adds up what a pool measures. A series is a name with its labels. */
final class RecordedMetrics implements RoutingMetrics {
  private final Map<String, Long> counts = new TreeMap<>();
  private final Map<String, Double> gauges = new TreeMap<>();
  private final Map<String, List<Duration>> times = new TreeMap<>();

  private static String series(String name, String... labels) {
    return name + List.of(labels);
  }

  @Override
  public synchronized void count(String name, long by, String... labels) {
    counts.merge(series(name, labels), by, Long::sum);
  }

  @Override
  public synchronized void gauge(String name, double value, String... labels) {
    gauges.put(series(name, labels), value);
  }

  @Override
  public synchronized void time(String name, Duration took, String... labels) {
    times.computeIfAbsent(series(name, labels), fresh -> new ArrayList<>()).add(took);
  }

  /** Of all series of this name that have these labels, among others. */
  synchronized long counted(String name, String... labels) {
    return counts.entrySet().stream()
        .filter(one -> one.getKey().startsWith(name + "["))
        .filter(one -> holds(one.getKey(), labels))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static boolean holds(String series, String... labels) {
    for (int i = 0; i < labels.length; i += 2) {
      if (!series.contains(labels[i] + ", " + labels[i + 1])) {
        return false;
      }
    }
    return true;
  }

  synchronized double gauged(String name, String... labels) {
    return gauges.getOrDefault(series(name, labels), -1.0);
  }

  synchronized List<Duration> timed(String name, String... labels) {
    return times.getOrDefault(series(name, labels), List.of());
  }

  synchronized List<String> series() {
    List<String> all = new ArrayList<>(counts.keySet());
    all.addAll(gauges.keySet());
    all.addAll(times.keySet());
    return all;
  }

  Set<String> names() {
    TreeSet<String> names = new TreeSet<>();
    series().forEach(one -> names.add(one.substring(0, one.indexOf('['))));
    return names;
  }
}
