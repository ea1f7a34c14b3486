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
            var problems = parsed.Errors.Select(x => NetType().Replace(x.Message, "")).ToList();
            var remedy = $"See '{NameOf(parsed.CommandResult.Command)} --help'.";
            if (args.Contains(cli.AsJson.Name))
            {
                new FailureText("The command line is wrong.", null, remedy, problems, ExitCode.Usage).Write(terminal, asJson: true, inColour: false);
            }
            else
            {
                problems.ForEach(terminal.Error.WriteLine);
                await terminal.Error.WriteLineAsync(remedy);
            }

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

    public static RootCommand Build(CommandSet cli)
    {
        var root = new RootCommand("Plans and executes migrations of virtual machines from VMware to KVM, and proves the result.");
        root.Subcommands.Add(ServeCommand.Build(cli));
        root.Subcommands.Add(OverviewCommands.Overview(cli));
        root.Subcommands.Add(OverviewCommands.Events(cli));
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
        root.Subcommands.Add(OperationCommands.Build(cli));
        root.Subcommands.Add(WorkerCommands.Build(cli));
        root.Subcommands.Add(LimitCommands.Build(cli));
        root.Subcommands.Add(ReportCommands.Build(cli));
        root.Subcommands.Add(DoctorCommand.Build(cli));
        root.Subcommands.Add(ConfigCommands.Build(cli));
        root.Subcommands.Add(BackupCommands.Backup(cli));
        root.Subcommands.Add(BackupCommands.Restore(cli));
        root.Subcommands.Add(VerifyCommand.Build(cli));
        root.Subcommands.Add(UserCommands.Build(cli));
        root.Subcommands.Add(KeyCommands.Build(cli));
        root.Subcommands.Add(ViewCommands.Build(cli));
        root.Subcommands.Add(NotificationCommands.Build(cli));
        root.Subcommands.Add(AuditCommands.Build(cli));
        root.Subcommands.Add(WhoAmICommand.Build(cli));
        root.Subcommands.Add(VersionCommand.Build(cli));
        root.Subcommands.Add(VersionCommand.Components(cli));
        root.Subcommands.Add(CompletionCommand.Build(cli, root));
        root.Subcommands.Add(NameCompletion.Build(cli, root));
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
