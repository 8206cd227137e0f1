package io.payonce.rpc;

/** The named heads of a node. */
public enum BlockTag {
  LATEST("latest"),
  SAFE("safe"),
  FINALIZED("finalized");

  private final String text;

  BlockTag(String text) {
    this.text = text;
  }

  /** As JSON-RPC writes it. */
  public String text() {
    return text;
  }
}
