package io.payonce.examples.node;

import io.payonce.testing.MissingPartException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One set of npm packages, installed by name, version and digest from a committed lock file into
 * the build folder, once. No package's own script is run. Thread-safe, also between processes.
 */
public enum NpmPackages {
  /** anvil and the Solidity compiler. */
  PARTS("parts"),
  /** viem and ethers, which only {@link PeerMatrix} needs. */
  PEERS("peers");

  private static final int INSTALL_TIMEOUT_MINUTES = 5;
  private static final int TOLD_CHARACTERS = 2_000;

  private final String id;

  NpmPackages(String id) {
    this.id = id;
  }

  /**
   * Gives the folder that holds {@code node_modules}, installing it when it is not there or when
   * the lock file has changed since.
   *
   * @throws MissingPartException when npm is missing or could not fetch the packages
   */
  public Path folder() throws MissingPartException {
    Path folder = BuildFolder.path().resolve("npm").resolve(id);
    return BuildFolder.alone(
        folder,
        () -> {
          installUnlessPresent(folder);
          return folder;
        });
  }

  /** Runs one of the committed scripts of this set under node; fails when it does. */
  public void run(String script, String... arguments) throws MissingPartException {
    Path folder = folder();
    List<String> command = new ArrayList<>();
    command.add("node");
    command.add(script(folder, script).toString());
    command.addAll(Arrays.asList(arguments));
    String said = execute(folder, command);
    if (!said.isEmpty()) {
      throw new IllegalStateException(script + " said: " + said);
    }
  }

  /** Puts a committed script beside {@code node_modules}, where node resolves its imports. */
  public Path script(Path folder, String script) {
    return BuildFolder.copy("/node/" + id + "/" + script, folder);
  }

  private void installUnlessPresent(Path folder) throws IOException, MissingPartException {
    byte[] wanted = BuildFolder.resource("/node/" + id + "/package-lock.json");
    Path done = folder.resolve("installed-lock.json");
    if (Files.exists(done) && Arrays.equals(Files.readAllBytes(done), wanted)) {
      return;
    }
    BuildFolder.copy("/node/" + id + "/package.json", folder);
    BuildFolder.copy("/node/" + id + "/package-lock.json", folder);
    try {
      // Deliberate: not `npm ci`, which refuses a lock file without every platform's binary.
      execute(folder, List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"));
    } catch (IllegalStateException failed) {
      throw missing(String.valueOf(failed.getMessage()));
    }
    Files.write(done, wanted);
  }

  private String execute(Path folder, List<String> command) throws MissingPartException {
    Path output = folder.resolve(command.get(0) + "-" + ProcessHandle.current().pid() + ".log");
    try {
      Process process;
      try {
        process =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
      } catch (IOException notFound) {
        throw missing("cannot start " + command.get(0));
      }
      if (!process.waitFor(INSTALL_TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " took too long");
      }
      String said = Files.readString(output, StandardCharsets.UTF_8).strip();
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            command + " failed: " + said.substring(0, Math.min(TOLD_CHARACTERS, said.length())));
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(command + " was interrupted", e);
    } finally {
      deleteQuietly(output);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException leftForClean) {
      // Safe: a log file in the build folder, removed by the next clean.
    }
  }

  private MissingPartException missing(String reason) {
    return new MissingPartException(
        "the npm package set '" + id + "'",
        reason,
        "install Node.js 20 or newer with npm, then run"
            + " `npm install --ignore-scripts` in examples/src/test/resources/node/"
            + id
            + " once to fill npm's cache");
  }
}
