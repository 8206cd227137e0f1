package io.payonce.failure;

/**
 * Why a payment stands where it stands. Stable: hosts match on the names. Each code says what to do
 * and has its text for people, in English and Chinese.
 */
public enum DiagnosisCode {
  UNKNOWN_KEY(NextAction.FIX_REQUEST, "This journal does not know the key", "账本中没有此编号"),
  QUEUED(NextAction.WAIT, "Accepted; no nonce yet", "已受理，等待处理"),
  FUNDS_SHORT(NextAction.FUND, "Hot wallet low; resumes when funded", "热钱包余额不足，补充后自动继续"),
  GAS_SHORT(NextAction.FUND, "Wallet lacks gas money", "热钱包矿工费不足"),
  FEE_CAP_REACHED(NextAction.ASK_OPERATOR, "Fee above the cap; approval needed", "手续费超过上限，等待批准"),
  LIMIT_REACHED(NextAction.WAIT, "The hourly fee limit is used up", "达到每小时手续费限额，稍后继续"),
  CONTRACT_REVERTED(NextAction.FIX_REQUEST, "Payee or contract refused", "合约拒绝"),
  WRONG_TOKEN(NextAction.FIX_REQUEST, "Not a usable token contract", "代币合约地址不符"),
  NETWORK_DEGRADED(
      NextAction.REPAIR_SERVICE, "Too few providers answer alike; funds are safe", "节点服务异常，款项安全"),
  SIGNER_DOWN(NextAction.REPAIR_SERVICE, "Has a nonce; no signature is stored", "已分配序号，尚未签名"),
  SIGNER_SUSPECT(NextAction.ASK_OPERATOR, "Signer suspect; wallet frozen", "签名异常，钱包已冻结"),
  LANE_PAUSED(NextAction.ASK_OPERATOR, "Somebody paused the wallet", "热钱包已暂停"),
  BLOCKED_BY_EARLIER(
      NextAction.WAIT, "Waiting behind an earlier transaction of the wallet", "前一笔未确认，依次等待"),
  FEE_TOO_LOW(
      NextAction.REPLACE, "Fee too low; can be sped up, do not submit again", "手续费偏低，可加速，切勿重复提交"),
  BROADCAST_UNCERTAIN(
      NextAction.REBROADCAST,
      "No node confirmed it; the same bytes are sent again, no double payment",
      "广播回应丢失，重播同一笔，不会重复付款"),
  DROPPED(
      NextAction.REBROADCAST, "Dropped by a node; the same bytes are sent again", "交易被节点丢弃，将重播同一笔"),
  NODES_REFUSE(
      NextAction.ASK_OPERATOR,
      "Nodes refuse the transaction itself; its nonce is kept, and no money has left",
      "节点拒绝该交易，序号保留，款项未转出"),
  ON_ITS_WAY(NextAction.WAIT, "Nodes have it; it waits for a block", "已广播，等待打包"),
  NOT_YET_FINAL(NextAction.WAIT, "Included; not final yet", "已上链，等待最终确认"),
  REORGED(NextAction.WAIT, "Its block was replaced; sent again", "链重组，重新确认中"),
  CANCEL_RACES(
      NextAction.WAIT, "A cancel races for its nonce; a final block decides", "撤销与付款竞争，等待最终区块"),
  NONCE_FOREIGN(NextAction.ASK_OPERATOR, "Key used elsewhere; wallet frozen", "私钥疑在别处使用，钱包已冻结"),
  JOURNAL_BEHIND(NextAction.ASK_OPERATOR, "Journal behind the chain; frozen", "账本落后于链上，已冻结核对"),
  OUTCOME_CONTRADICTORY(
      NextAction.ASK_OPERATOR, "Evidence contradicts; do not pay again", "证据矛盾，隔离核对，勿重付"),
  CANCELLED(
      NextAction.NONE, "Ended unpaid, by decision or deadline; safe to refund", "已撤销或过期，未付款，可退款"),
  PAID(NextAction.NONE, "Paid and final", "已付款并最终确认"),
  /** A step could not be answered: never a guess. */
  UNKNOWN_SOURCES(NextAction.ASK_OPERATOR, "Not explained by what was asked", "证据不足，无法判断");

  private final NextAction nextAction;
  private final String english;
  private final String chinese;

  DiagnosisCode(NextAction nextAction, String english, String chinese) {
    this.nextAction = nextAction;
    this.english = english;
    this.chinese = chinese;
  }

  public NextAction nextAction() {
    return nextAction;
  }

  public Diagnosis.Texts texts() {
    return new Diagnosis.Texts(english, chinese);
  }
}
