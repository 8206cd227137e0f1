package io.payonce.batch;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.TokenAmount;

/** Values that several tests share. */
final class Samples {
  static final ChainId CHAIN = ChainId.of(1);
  static final LaneId PAYER = new LaneId(CHAIN, Address.of("0x" + "1".repeat(40)));
  static final Address PAYEE = Address.of("0x" + "2".repeat(40));
  static final Asset NATIVE = new Asset.Native(CHAIN);
  static final Asset TOKEN = new Asset.Erc20(CHAIN, Address.of("0x" + "3".repeat(40)));

  private Samples() {}

  static PayoutRow row(String key, Asset asset, long units) {
    return new PayoutRow(key, PAYEE, TokenAmount.of(asset, units));
  }
}
