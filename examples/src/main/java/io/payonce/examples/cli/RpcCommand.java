package io.payonce.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How endpoints stand, before money depends on them and while it does. */
@Command(
    name = "rpc",
    mixinStandardHelpOptions = true,
    description = "Looks at RPC endpoints; signs and sends nothing.")
final class RpcCommand implements Runnable {
  @Spec private CommandSpec spec;

  private RpcCommand() {}

  static CommandLine of(Terminal terminal) {
    return new CommandLine(new RpcCommand())
        .addSubcommand(new RpcCheckCommand(terminal))
        .addSubcommand(new RpcWatchCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand");
  }
}
