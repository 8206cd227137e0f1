package io.payonce.testing;

/**
 * A part that a test needs and this machine does not have: a node, a database, an HSM. Its message
 * names the part, why it could not be found, and the command that would bring it.
 */
public final class MissingPartException extends Exception {
  public MissingPartException(String part, String reason, String enableBy) {
    super(part + " is missing: " + reason + ". To enable it: " + enableBy);
  }
}
