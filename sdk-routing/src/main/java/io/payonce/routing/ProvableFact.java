package io.payonce.routing;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Wei;
import io.payonce.internal.Keccak256;
import io.payonce.internal.StateProof.Account;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * A fact that follows, in whole or in part, from an account in the state of a block, and so can be
 * proven by {@code eth_getProof}. Pure.
 *
 * @param slots of its storage that the fact is about
 * @param agrees whether a vote says of the account what is proven of it
 * @param value what is proven, where that is the whole of the fact; code is known by its hash only,
 *     and what contracts say is not a part of the account
 * @param completes whether a vote that agrees is proven as a whole
 */
record ProvableFact<T>(
    Address account,
    BlockRef at,
    List<BigInteger> slots,
    BiPredicate<T, Account> agrees,
    Function<Account, Optional<T>> value,
    boolean completes) {

  static final String METHOD = "eth_getProof";

  @SuppressWarnings("unchecked") // each fact says which type its votes have
  static <T> Optional<ProvableFact<T>> of(Fact<T> fact) {
    ProvableFact<?> provable = null;
    if (fact instanceof Fact.Nonce nonce) {
      provable =
          new ProvableFact<Long>(
              nonce.account(),
              nonce.at(),
              List.of(),
              ProvableFact::hasNonce,
              account ->
                  account.nonce().bitLength() < Long.SIZE
                      ? Optional.of(account.nonce().longValueExact())
                      : Optional.empty(),
              true);
    } else if (fact instanceof Fact.Balance balance) {
      provable =
          new ProvableFact<Wei>(
              balance.account(),
              balance.at(),
              List.of(),
              ProvableFact::hasBalance,
              account -> Optional.of(Wei.of(account.balance())),
              true);
    } else if (fact instanceof Fact.Code code) {
      provable =
          new ProvableFact<Bytes>(
              code.account(),
              code.at(),
              List.of(),
              ProvableFact::hasCode,
              account -> account.hasCode() ? Optional.empty() : Optional.of(Bytes.EMPTY),
              true);
    } else if (fact instanceof Fact.Storage storage) {
      BigInteger slot = storage.slot();
      provable =
          new ProvableFact<BigInteger>(
              storage.contract(),
              storage.at(),
              List.of(slot),
              (value, account) -> value.equals(account.storage().get(slot)),
              account -> Optional.ofNullable(account.storage().get(slot)),
              true);
    } else if (fact instanceof Fact.AccountAt whole) {
      provable =
          new ProvableFact<Fact.AccountState>(
              whole.account(),
              whole.at(),
              List.of(),
              (state, account) ->
                  hasNonce(state.nonce(), account)
                      && hasBalance(state.balance(), account)
                      && hasCode(state.code(), account),
              account -> Optional.empty(),
              whole.tokens().isEmpty());
    }
    return Optional.ofNullable((ProvableFact<T>) provable);
  }

  private static boolean hasNonce(long nonce, Account account) {
    return account.nonce().equals(BigInteger.valueOf(nonce));
  }

  private static boolean hasBalance(Wei balance, Account account) {
    return account.balance().equals(balance.value());
  }

  private static boolean hasCode(Bytes code, Account account) {
    return Arrays.equals(Keccak256.of(code.toArray()), account.codeHash());
  }

  /** What an endpoint is asked for. Its answer is judged by {@code StateProof} as it is. */
  RpcRequest<Optional<Object>> request() {
    return new RpcRequest<>(
        METHOD,
        List.of(
            account.value(),
            slots.stream().map(Requests::word).toList(),
            Requests.quantity(at.number())),
        Optional::ofNullable);
  }

  /**
   * The header that comes with the votes, once more: whoever changed its mind in between shows it.
   */
  RpcRequest<Optional<BlockRef>> block() {
    return Requests.blockRef(Requests.quantity(at.number()));
  }
}
