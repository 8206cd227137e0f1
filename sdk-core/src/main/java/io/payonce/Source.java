package io.payonce;

/** Where a payment is paid from: one wallet, or whichever wallet of a pool has funds and room. */
public sealed interface Source permits Address, WalletPool {}
