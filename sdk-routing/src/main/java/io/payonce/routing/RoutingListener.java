package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.Operator;
import java.time.Instant;
import java.util.Set;

/**
 * Is told what the pool finds out. Called on the pool's executor, one call at a time, in order;
 * what it throws is logged and changes nothing. It must not block: up to 1,000 calls wait for it,
 * then the oldest is dropped. Nothing it gets holds a URL or a credential.
 */
public interface RoutingListener {
  /** The state of an endpoint is another one. */
  default void changed(EndpointHealth endpoint) {}

  /**
   * An operator contradicted an agreed answer.
   *
   * @param fact what was asked
   */
  default void dissented(Operator operator, String fact) {}

  /**
   * Several nodes answer under the name of an endpoint that do not have the same blocks; see {@link
   * EndpointHealth#inconsistency}.
   *
   * @param evidence what they have shown
   */
  default void inconsistent(String endpoint, String evidence) {}

  /** Answers of ten minutes were those of one node. */
  default void consistentAgain(String endpoint) {}

  /**
   * An operator gave two answers to one question at one block, under two credentials, twice; both
   * endpoints are suspect. Only with {@link RoutingPolicy#canaryPercent}.
   */
  default void credentialsDiffer(CredentialDifference difference) {}

  /** One endpoint's answer to one transaction, also when nobody waits for it any more. */
  default void answered(TransactionHash transaction, BroadcastEvidence.Answer answer) {}

  /**
   * A transaction that was sent in private is given to everyone, as its route says.
   *
   * @param block the height that was agreed on
   */
  default void wentPublic(TransactionHash transaction, long block) {}

  /** A reload has other voters; those before stay in force for a while. */
  default void votersProposed(Set<Operator> now, Set<Operator> next) {}

  /** Other operators vote from now on. */
  default void votersChanged(Set<Operator> before, Set<Operator> now) {}

  /**
   * The month's budget of an endpoint is spent to 80 %, so that ordinary reads go elsewhere, or
   * wholly; once each in a month.
   */
  default void creditsSpent(String endpoint, CreditUse use) {}

  /**
   * The stored state cannot be read: no critical read is answered until {@link
   * RpcPool#acceptLostState}.
   */
  default void stateUnreadable(String why) {}

  /** The state cannot be saved; the pool works on, and tries again each 10 s. Told once. */
  default void stateNotSaved(String why) {}

  /** A quorum agrees on another block than before at a height that was final. */
  default void finalityContradicted(BlockRef before, BlockRef now) {}

  /**
   * The certificate that an endpoint showed ends soon: told when 21 days are left, when 3 are, and
   * when it has ended, once each for every certificate.
   */
  default void certificateExpiring(String endpoint, Instant end) {}

  /** Several voting operators left, or ceased to answer votes, at nearly the same time. */
  default void alarmRaised(Alarm alarm) {}

  /** All of them are back for five minutes, or a person has acknowledged it. */
  default void alarmEnded(Alarm alarm) {}
}
