package io.payonce.submit.internal;

import io.payonce.nonce.ReservationRefusal;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.SpeedUpResult;

/**
 * Answers to requests as the journal keeps them between two instances: the name of the result, and
 * behind a colon what belongs to it.
 */
final class Answers {
  private Answers() {}

  static String text(Object result) {
    if (result instanceof CancelResult.TooLate late) {
      return "TooLate:" + late.state();
    } else if (result instanceof CancelResult.NotNow notNow) {
      return "NotNow:" + notNow.reason();
    } else if (result instanceof GiveUpResult.NotYet notYet) {
      return "NotYet:" + notYet.reason();
    } else if (result instanceof ReservationAnswer.Done done) {
      return "Done:" + done.nonce();
    } else if (result instanceof ReservationAnswer.Refused refused) {
      return "Refused:" + refused.code() + ":" + refused.reason();
    } else if (result instanceof SpeedUpResult speedUp) {
      return speedUp.name();
    }
    return result.getClass().getSimpleName();
  }

  static CancelResult cancel(String text) {
    return switch (name(text)) {
      case "RejectedBeforeBinding" -> new CancelResult.RejectedBeforeBinding();
      case "Racing" -> new CancelResult.Racing();
      case "TooLate" -> new CancelResult.TooLate(rest(text));
      case "NotNow" -> new CancelResult.NotNow(rest(text));
      default -> throw unknown(text);
    };
  }

  static GiveUpResult giveUp(String text) {
    return switch (name(text)) {
      case "Closed" -> new GiveUpResult.Closed();
      case "NotYet" -> new GiveUpResult.NotYet(rest(text));
      default -> throw unknown(text);
    };
  }

  static ReservationAnswer reservation(String text) {
    return switch (name(text)) {
      case "Done" -> new ReservationAnswer.Done(Long.parseLong(rest(text)));
      case "Refused" ->
          new ReservationAnswer.Refused(
              ReservationRefusal.valueOf(name(rest(text))), rest(rest(text)));
      default -> throw unknown(text);
    };
  }

  static SpeedUpResult speedUp(String text) {
    return SpeedUpResult.valueOf(text);
  }

  private static String name(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }

  private static String rest(String text) {
    return text.substring(text.indexOf(':') + 1);
  }

  /** A newer instance may know more answers than this one. */
  private static IllegalStateException unknown(String text) {
    return new IllegalStateException(
        "another instance answered '" + text + "', which this version does not know");
  }
}
