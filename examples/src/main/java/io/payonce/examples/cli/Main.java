package io.payonce.examples.cli;

import io.payonce.examples.simulate.SimulateCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code java -jar payonce.jar SUBCOMMAND}. */
@Command(
    name = "payonce",
    mixinStandardHelpOptions = true,
    version = "payonce 0.1.0",
    description = "Pays out from an EVM hot wallet, each row exactly once.",
    exitCodeOnInvalidInput = ExitCode.BAD_INPUT)
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(Terminal.system(), args));
  }

  /** Runs one command in this JVM; gives its exit code. */
  static int run(Terminal terminal, String... args) {
    CommandLine commands = new CommandLine(new Main());
    commands.addSubcommand(new PayoutCommand(terminal));
    commands.addSubcommand(new StatusCommand(terminal));
    commands.addSubcommand(new DiagnoseCommand(terminal));
    commands.addSubcommand(new ListCommand(terminal));
    commands.addSubcommand(new CancelCommand(terminal));
    commands.addSubcommand(new SpeedUpCommand(terminal));
    commands.addSubcommand(new GiveUpCommand(terminal));
    commands.addSubcommand(new ResumeCommand(terminal));
    commands.addSubcommand(new FillCommand(terminal));
    commands.addSubcommand(new ResolveCommand(terminal));
    commands.addSubcommand(new ClassifyCommand(terminal));
    commands.addSubcommand(RpcCommand.of(terminal));
    commands.addSubcommand(new SimulateCommand(terminal.out(), terminal.err()));
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler((bad, given) -> refuse(terminal, bad));
    commands.setExecutionExceptionHandler(
        (failure, command, result) -> Failures.report(terminal, failure));
    return commands.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand");
  }

  /** Deliberate: what was mistyped is not repeated where it may be a key. */
  private static int refuse(Terminal terminal, ParameterException bad) {
    String message =
        bad instanceof CommandLine.UnmatchedArgumentException unmatched
            ? "unknown option or argument"
                + unmatched.getUnmatched().stream()
                    .filter(argument -> argument.matches("--?[a-z][a-z-]*(=.*)?"))
                    .map(argument -> " " + argument.replaceFirst("=.*", ""))
                    .reduce("", String::concat)
            : Failures.withoutSecrets(String.valueOf(bad.getMessage()));
    terminal.say("payonce: " + message + "; see --help");
    return ExitCode.BAD_INPUT;
  }
}
