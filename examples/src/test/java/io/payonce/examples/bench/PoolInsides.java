package io.payonce.examples.bench;

import io.payonce.routing.RpcPool;
import io.payonce.rpc.RpcRequest;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/**
 * The two parts of a pool whose cost is stated apart by {@code PoolBenchmark}. No caller reaches
 * them, so they are looked up by name.
 */
final class PoolInsides {
  private static final MethodHandle ENCODE;
  private static final MethodHandle DECODE;
  private static final MethodHandle SELECT;
  private static final MethodHandle ROSTER;
  private static final MethodHandle ANSWERS;
  private static final MethodHandle JSON;
  private static final Object CODEC;

  static {
    try {
      Class<?> codec = Class.forName("io.payonce.routing.JsonRpcCodec");
      Class<?> roster = Class.forName("io.payonce.routing.Roster");
      Lookup inCodec = MethodHandles.privateLookupIn(codec, MethodHandles.lookup());
      Lookup inRoster = MethodHandles.privateLookupIn(roster, MethodHandles.lookup());
      Lookup inPool = MethodHandles.privateLookupIn(RpcPool.class, MethodHandles.lookup());
      CODEC =
          inCodec
              .findConstructor(codec, MethodType.methodType(void.class, int.class))
              .invoke(32 << 20);
      ENCODE = inCodec.unreflect(codec.getDeclaredMethod("encode", List.class, long.class));
      DECODE =
          inCodec.unreflect(codec.getDeclaredMethod("decode", byte[].class, long.class, int.class));
      Class<?> decoded = Class.forName("io.payonce.routing.JsonRpcCodec$Decoded");
      Class<?> result = Class.forName("io.payonce.routing.JsonRpcCodec$Answer$Result");
      Lookup inDecoded = MethodHandles.privateLookupIn(decoded, MethodHandles.lookup());
      Lookup inResult = MethodHandles.privateLookupIn(result, MethodHandles.lookup());
      ANSWERS = inDecoded.unreflect(decoded.getDeclaredMethod("answers"));
      JSON = inResult.unreflect(result.getDeclaredMethod("json"));
      SELECT = inRoster.unreflect(roster.getDeclaredMethod("drawnForRead", List.class));
      ROSTER = inPool.unreflectGetter(RpcPool.class.getDeclaredField("roster"));
    } catch (Throwable renamed) {
      throw new IllegalStateException("the pool's parts have other names now", renamed);
    }
  }

  private PoolInsides() {}

  /** A body as the pool writes it. */
  static byte[] encode(List<RpcRequest<?>> requests, long firstId) {
    try {
      return (byte[]) ENCODE.invoke(CODEC, requests, firstId);
    } catch (Throwable failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** An answer as the pool reads it. */
  static Object decode(byte[] body, long firstId, int requests) {
    try {
      return (Object) DECODE.invoke(CODEC, body, firstId, requests);
    } catch (Throwable failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** What callers get of such an answer, in the order of their requests. */
  static List<Object> values(Object decoded, List<? extends RpcRequest<?>> requests) {
    try {
      List<?> answers = (List<?>) (Object) ANSWERS.invoke(decoded);
      List<Object> values = new ArrayList<>(answers.size());
      for (int i = 0; i < answers.size(); i++) {
        Object json = (Object) JSON.invoke(answers.get(i));
        values.add(requests.get(i).decoder().decode(json));
      }
      return values;
    } catch (Throwable failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Chooses the endpoint for a read, and asks nothing. */
  static Object select(RpcPool pool, List<RpcRequest<?>> requests) {
    try {
      Object roster = (Object) ROSTER.invoke(pool);
      return (Object) SELECT.invoke(roster, requests);
    } catch (Throwable failed) {
      throw new IllegalStateException(failed);
    }
  }
}
