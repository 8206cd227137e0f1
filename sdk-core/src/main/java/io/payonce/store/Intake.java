package io.payonce.store;

import io.payonce.Address;
import io.payonce.LaneId;
import io.payonce.Submission;

/**
 * A payment to accept, and the lane that takes it in.
 *
 * @param lane the wallet that the transfer names, or one of its pool
 */
public record Intake(Submission submission, LaneId lane) {
  public Intake {
    if (!lane.chain().equals(submission.transfer().chain())) {
      throw new IllegalArgumentException(
          "lane " + lane + " is not on chain " + submission.transfer().chain());
    }
    if (submission.transfer().from() instanceof Address wallet && !wallet.equals(lane.address())) {
      throw new IllegalArgumentException("lane " + lane + " is not the wallet " + wallet);
    }
  }
}
