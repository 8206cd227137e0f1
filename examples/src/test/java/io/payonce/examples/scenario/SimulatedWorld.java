package io.payonce.examples.scenario;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.rpc.RpcTransport;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayment;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A {@link SimulatedChain}, whose providers are of all client families in turn. */
final class SimulatedWorld implements World {
  private static final List<ClientFamily> FAMILIES =
      List.of(ClientFamily.GETH, ClientFamily.RETH, ClientFamily.NETHERMIND, ClientFamily.BESU);

  private final SimulatedChain chain;
  private final Map<TokenKind, Asset.Erc20> tokens = new EnumMap<>(TokenKind.class);

  SimulatedWorld(VirtualTime time, List<String> providers, long seed) {
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time)
            .seed(seed)
            .chain(CHAIN)
            .blockTime(BLOCK)
            .with(config -> config.depths(SAFE_DEPTH, FINALITY_DEPTH));
    for (int i = 0; i < providers.size(); i++) {
      builder.provider(providers.get(i), FAMILIES.get(i % FAMILIES.size()));
    }
    chain = builder.build();
    TOKENS.forEach(kind -> tokens.put(kind, chain.deployErc20(kind, 6, kind.name())));
  }

  @Override
  public RpcTransport transport(String provider, VirtualTime.Process process) {
    return chain.transport(provider, process);
  }

  @Override
  public void setFaults(String provider, ProviderFaults faults) {
    chain.setFaults(provider, faults);
  }

  @Override
  public Asset.Erc20 token(TokenKind kind) {
    return Objects.requireNonNull(tokens.get(kind));
  }

  @Override
  public void fund(Address account, Wei amount) {
    chain.fund(account, amount);
  }

  @Override
  public void fundToken(Asset.Erc20 token, Address account, BigInteger units) {
    chain.fundToken(token, account, units);
  }

  @Override
  public void setPaused(boolean paused) {
    chain.setPaused(token(TokenKind.PLAIN), paused);
  }

  @Override
  public void mineBlock() {
    chain.mineBlock();
  }

  @Override
  public void stopMining() {
    chain.tipFloor(Wei.gwei(1_000));
  }

  @Override
  public void goOnMining() {
    chain.tipFloor(Wei.ZERO);
  }

  @Override
  public void wipePools() {
    chain.wipePools();
  }

  @Override
  public void spikeBaseFee(int factor) {
    chain.spikeBaseFee(factor);
  }

  @Override
  public void reorg(int depth, ReorgMode mode) {
    chain.reorgBeyondFinality(depth, mode);
  }

  @Override
  public TransactionHash inject(Bytes signed) {
    return chain.injectForeign(signed);
  }

  @Override
  public TransactionHash consumeNonce(TestKey key) {
    return chain.consumeNonce(key.address());
  }

  @Override
  public TransactionHash authorize(Authorization entry) {
    return chain.includeAuthorization(entry);
  }

  /** For what no real node does on demand. */
  SimulatedChain chain() {
    return chain;
  }

  @Override
  public BlockRef head() {
    return chain.head();
  }

  @Override
  public boolean isIncluded(TransactionHash hash) {
    return chain.isIncluded(hash);
  }

  @Override
  public boolean isFinal(TransactionHash hash) {
    return chain.isFinal(hash);
  }

  @Override
  public long nonce(Address account) {
    return chain.nonce(account);
  }

  @Override
  public Wei balance(Address account) {
    return chain.balance(account);
  }

  @Override
  public BigInteger tokenBalance(Asset.Erc20 token, Address account) {
    return chain.tokenBalance(token, account);
  }

  @Override
  public List<Payment> payments(Address payer, Asset asset) {
    return chain.canonicalTransactions(payer).stream()
        .flatMap(SimulatedWorld::payment)
        .filter(payment -> payment.moved().asset().equals(asset))
        .toList();
  }

  private static Stream<Payment> payment(SimulatedPayment tx) {
    return tx.moved().map(moved -> new Payment(tx.hash(), moved.payee(), moved.amount())).stream();
  }

  @Override
  public List<TransactionHash> pool(String provider) {
    return chain.pool(provider);
  }
}
