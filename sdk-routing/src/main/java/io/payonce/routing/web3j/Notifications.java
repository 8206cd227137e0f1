package io.payonce.routing.web3j;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.ObjectMapperFactory;
import org.web3j.protocol.websocket.events.Notification;

/**
 * Notifications in web3j's own classes. Those are no responses, which web3j would read by itself,
 * so its mapper has to be called, whose class has another name in each line of web3j: it is looked
 * up by reflection, once. Stateless; thread-safe.
 */
final class Notifications {
  /** Takes text and class. */
  private static final MethodHandle READER = reader();

  private Notifications() {}

  private static MethodHandle reader() {
    try {
      Object mapper = ObjectMapperFactory.class.getMethod("getObjectMapper").invoke(null);
      return MethodHandles.publicLookup()
          .unreflect(mapper.getClass().getMethod("readValue", String.class, Class.class))
          .bindTo(mapper);
    } catch (ReflectiveOperationException unknownWeb3j) {
      throw new ExceptionInInitializerError(unknownWeb3j);
    }
  }

  static <T extends Notification<?>> T read(String subscription, Object result, Class<T> type)
      throws IOException {
    Map<String, @Nullable Object> params = new LinkedHashMap<>();
    params.put("subscription", subscription);
    params.put("result", result);
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("jsonrpc", "2.0");
    message.put("method", "eth_subscription");
    message.put("params", params);
    String text = new String(JsonText.bytes(message), StandardCharsets.UTF_8);
    try {
      return type.cast(READER.invoke(text, type));
    } catch (RuntimeException | Error | IOException unreadable) {
      throw unreadable;
    } catch (Throwable checked) {
      throw new IOException(checked);
    }
  }
}
