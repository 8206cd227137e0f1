package io.payonce.internal;

/**
 * Words of nodes, contracts, signers and people as every journal can hold them: PostgreSQL has no
 * character U+0000 and refuses the whole commit, so one payee's revert reason could stop a wallet.
 */
public final class StorableText {
  private StorableText() {}

  /** The same with U+FFFD in place of each U+0000. */
  public static String of(String text) {
    return text.replace('\0', '\uFFFD');
  }
}
