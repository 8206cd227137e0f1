package io.payonce.examples.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * What a program does without a pool: one POST with OkHttp, under the pool's own settings. The
 * answer is read and not parsed.
 */
final class PlainPost implements AutoCloseable {
  private static final MediaType JSON = MediaType.get("application/json");
  private static final byte[] QUESTION =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_gasPrice\",\"params\":[]}"
          .getBytes(StandardCharsets.US_ASCII);

  private final OkHttpClient client;

  PlainPost() {
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(256);
    dispatcher.setMaxRequestsPerHost(256);
    client =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .readTimeout(Duration.ZERO)
            .writeTimeout(Duration.ZERO)
            .callTimeout(Duration.ofSeconds(2))
            .build();
  }

  private Call call(String url) {
    return client.newCall(
        new Request.Builder().url(url).post(RequestBody.create(QUESTION, JSON)).build());
  }

  /** On the caller's thread. */
  byte[] blocking(String url) throws IOException {
    try (Response response = call(url).execute()) {
      return response.body().bytes();
    }
  }

  /** On a thread of the client, as a library without blocking has to. */
  CompletableFuture<byte[]> async(String url) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    call(url)
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call failed, IOException failure) {
                answer.completeExceptionally(failure);
              }

              @Override
              public void onResponse(Call answered, Response response) throws IOException {
                try (response) {
                  answer.complete(response.body().bytes());
                }
              }
            });
    return answer;
  }

  /** The next URL when one fails or is silent for half of the deadline, as ordered fallbacks do. */
  byte[] ordered(String... urls) throws IOException {
    for (String url : urls) {
      Call call = call(url);
      call.timeout().timeout(1, TimeUnit.SECONDS);
      try (Response response = call.execute()) {
        return response.body().bytes();
      } catch (IOException tryNext) {
        // Safe: the next one is asked, as the design under test does.
      }
    }
    throw new IOException("none of them answers");
  }

  /** The next URL beside the first when that is silent for 400 ms, as ethers does. */
  byte[] stalling(String... urls) throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    for (String url : urls) {
      CompletableFuture<Boolean> unused = async(url).thenApply(answer::complete);
      try {
        return answer.get(400, TimeUnit.MILLISECONDS);
      } catch (TimeoutException stalled) {
        // Safe: the next one is asked too.
      }
    }
    return answer.get(2, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdownNow();
    client.connectionPool().evictAll();
  }
}
