package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.ChainId;

/** Asks which transactions of an account took these nonces. */
public record SenderQuery(ChainId chain, Address sender, NonceRange nonces, BlockSpan blocks)
    implements HistoryQuestion<TransactionHint> {
  @Override
  public boolean asksFor(TransactionHint hint) {
    return hint.sender().equals(sender)
        && nonces.has(hint.nonce())
        && blocks.has(hint.block().number());
  }

  @Override
  public SenderQuery from(long block) {
    return new SenderQuery(chain, sender, nonces, new BlockSpan(block, blocks.last()));
  }
}
