package io.payonce;

/** When a block counts as final. */
public sealed interface Finality {
  /** Final when {@code blocks} blocks, its own included, stand on it. */
  record Depth(int blocks) implements Finality {
    public Depth {
      if (blocks < 1 || blocks > 4096) {
        throw new IllegalArgumentException("finality depth " + blocks + " must be 1 to 4096");
      }
    }

    @Override
    public String toString() {
      return Integer.toString(blocks);
    }
  }

  /** At or below the block that nodes tag {@code safe}. */
  record Safe() implements Finality {
    @Override
    public String toString() {
      return "safe";
    }
  }

  /** At or below the block that nodes tag {@code finalized}. */
  record Finalized() implements Finality {
    @Override
    public String toString() {
      return "finalized";
    }
  }

  /** Parses {@code safe}, {@code finalized} or a number of blocks. */
  static Finality parse(String text) {
    return switch (text) {
      case "safe" -> new Safe();
      case "finalized" -> new Finalized();
      default -> {
        try {
          yield new Depth(Integer.parseInt(text));
        } catch (NumberFormatException notANumber) {
          throw new IllegalArgumentException(
              "finality '" + text + "' must be safe, finalized or a number of blocks");
        }
      }
    };
  }
}
