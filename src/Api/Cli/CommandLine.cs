using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;

namespace Migrate.Api.Cli;

/// <summary>The command line <c>migrate</c>: nouns, then verbs.</summary>
internal static partial class CommandLine
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken)
    {
        var cli = new CommandSet(terminal);
        var root = Build(cli);
        var parsed = root.Parse(args);
        // Help is asked for where the rest of the command is not there yet.
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync(NetType().Replace(error.Message, ""));
            }

            await terminal.Error.WriteLineAsync($"See '{NameOf(parsed.CommandResult.Command)} --help'.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                // The web server has its own, orderly way to stop; tests in this process must not catch its signals.
                ProcessTerminationTimeout = terminal.IsProcess && parsed.CommandResult.Command.Name is not ("serve" or "run") ? TimeSpan.FromSeconds(5) : null,
            },
            cancellationToken);
    }

    private static RootCommand Build(CommandSet cli)
    {
        var root = new RootCommand("Plans and executes migrations of virtual machines from VMware to KVM, and proves the result.");
        root.Subcommands.Add(ServeCommand.Build(cli));
        root.Subcommands.Add(SourceCommands.Build(cli));
        root.Subcommands.Add(InventoryCommands.Build(cli));
        root.Subcommands.Add(BaselineCommands.Build(cli));
        root.Subcommands.Add(HostCommands.Build(cli));
        root.Subcommands.Add(TargetCommands.Build(cli));
        root.Subcommands.Add(PlanCommands.Build(cli));
        root.Subcommands.Add(ConcernCommands.Build(cli));
        root.Subcommands.Add(WaveCommands.Build(cli));
        root.Subcommands.Add(RunCommands.Build(cli));
        root.Subcommands.Add(JobCommands.Build(cli));
        root.Subcommands.Add(WorkerCommands.Build(cli));
        root.Subcommands.Add(LimitCommands.Build(cli));
        root.Subcommands.Add(ReportCommands.Build(cli));
        root.Subcommands.Add(VerifyCommand.Build(cli));
        root.Subcommands.Add(VersionCommand.Build(cli));
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction plain } help)
            {
                help.Action = new HelpWithExamples(plain, cli.Examples);
            }
        }

        return root;
    }

    /// <summary>The parser names .NET types ("as expected type 'System.Int32'"), which say nothing to who typed.</summary>
    [GeneratedRegex(" as expected type '[^']*'")]
    private static partial Regex NetType();

    private static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"migrate {parent.Name} {command.Name}"
        : command is RootCommand ? "migrate" : $"migrate {command.Name}";
}
