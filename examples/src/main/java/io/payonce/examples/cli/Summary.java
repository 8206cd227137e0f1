package io.payonce.examples.cli;

import io.payonce.store.TransferState;
import java.util.Collection;

/** How the rows stand; the four counts add up to the rows. */
record Summary(int rows, int paidFinal, int notPaid, int held, int undecided) {

  static Summary of(Collection<TransferState> states) {
    int paid = 0;
    int unpaid = 0;
    int held = 0;
    for (TransferState state : states) {
      if (state == TransferState.PAID_FINAL) {
        paid++;
      } else if (state.isUnpaid()) {
        unpaid++;
      } else if (state == TransferState.HELD) {
        held++;
      }
    }
    return new Summary(states.size(), paid, unpaid, held, states.size() - paid - unpaid - held);
  }

  boolean allPaid() {
    return paidFinal == rows;
  }

  @Override
  public String toString() {
    return rows
        + " rows: "
        + paidFinal
        + " paid and final, "
        + notPaid
        + " not paid, "
        + held
        + " held, "
        + undecided
        + " undecided";
  }
}
