package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import java.util.List;

/**
 * Asks which amounts of some assets an account paid or got.
 *
 * @param assets 1 to 100, each once, all of one chain
 */
public record HistoryQuery(
    Address account, Direction direction, List<Asset> assets, BlockSpan blocks)
    implements HistoryQuestion<TransferHint> {
  /** More contracts in one filter are refused by providers. */
  public static final int MOST_ASSETS = 100;

  /** As the account sees it. */
  public enum Direction {
    OUT,
    IN,
    BOTH
  }

  public HistoryQuery {
    assets = List.copyOf(assets);
    if (assets.isEmpty() || assets.size() > MOST_ASSETS) {
      throw new IllegalArgumentException(
          "assets " + assets.size() + " must be 1 to " + MOST_ASSETS);
    }
    if (assets.stream().distinct().count() < assets.size()) {
      throw new IllegalArgumentException("assets must name each once");
    }
    if (assets.stream().map(Asset::chain).distinct().count() > 1) {
      throw new IllegalArgumentException("assets must be of one chain");
    }
  }

  @Override
  public ChainId chain() {
    return assets.get(0).chain();
  }

  boolean goesOut() {
    return direction != Direction.IN;
  }

  boolean comesIn() {
    return direction != Direction.OUT;
  }

  @Override
  public boolean asksFor(TransferHint hint) {
    boolean sideFits =
        (goesOut() && hint.from().equals(account))
            || (comesIn() && hint.to().filter(account::equals).isPresent());
    return sideFits
        && assets.contains(hint.amount().asset())
        && blocks.has(hint.block().number())
        && hint.logIndex().isPresent() == hint.amount().asset() instanceof Asset.Erc20;
  }

  @Override
  public HistoryQuery from(long block) {
    return new HistoryQuery(account, direction, assets, new BlockSpan(block, blocks.last()));
  }
}
