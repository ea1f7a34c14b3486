using System.CommandLine;
using Migrate.Api.Settings;

namespace Migrate.Api.Cli;

internal static class ConfigCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("config", "settings of the server and of workers", Show(cli), Running(cli));

    private static Command Show(CommandSet cli)
    {
        var process = new Argument<string>("PROCESS") { Description = "serve or worker", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "serve" };
        process.AcceptOnlyFromAmong("serve", "worker");
        var settings = new SettingArguments(cli, SettingReaders.Both);
        return cli.Local(
            "show",
            "Shows each setting as it would hold if the process were started here and now with the same options, and where it comes from; secrets are not shown.",
            [process, .. settings.All, cli.AsJson],
            (invocation, _) =>
            {
                var isWorker = invocation.Get(process) == "worker";
                var values = settings.Read(invocation, isWorker ? SettingReaders.Worker : SettingReaders.Serve);
                var problems = ProblemsOf(values, () => isWorker ? SettingReading.Worker(values) : SettingReading.Serve(values, invocation.Data));
                var view = new SettingsView(values.File.Path, values.File.IsThere, SettingsInForce.ViewsOf(values), problems);
                invocation.Print(view, output => Write(view, output));
                return Task.FromResult(problems.Count == 0 ? ExitCode.Done : ExitCode.Usage);
            },
            "migrate config show",
            "migrate config show worker --config /etc/migrate/worker.json --json");
    }

    private static Command Running(CommandSet cli) => cli.Verb(
        "running",
        "Shows the settings that the running server was started with, and where each comes from; secrets are not shown.",
        [],
        async (invocation, cancellationToken) =>
        {
            var found = await invocation.Api.GetAsync<SettingsInForce>("settings", cancellationToken);
            invocation.Print(found, output => Write(new SettingsView(found.File, found.FileIsThere, found.Settings, []), output));
            return ExitCode.Done;
        },
        "migrate config running");

    private static List<string> ProblemsOf(SettingValues values, Func<object> read)
    {
        try
        {
            read();
        }
        catch (SettingsException)
        {
            // They are in the values.
        }

        return values.Problems;
    }

    private static void Write(SettingsView view, TextWriter output)
    {
        var table = new Table("SETTING", "VALUE", "FROM");
        foreach (var setting in view.Settings)
        {
            table.Add(setting.Name, setting.Value is { Length: > 0 } value && setting.Unit.Length > 0 ? $"{value} {setting.Unit}" : setting.Value, setting.From);
        }

        table.Write(output);
        output.WriteLine();
        output.WriteLine($"File: {view.File}{(view.FileIsThere ? "" : " (not there)")}");
        foreach (var problem in view.Problems)
        {
            output.WriteLine($"Cannot be used: {problem}");
        }
    }
}

/// <summary>What <c>migrate config show</c> prints.</summary>
internal sealed record SettingsView(string File, bool FileIsThere, IReadOnlyList<SettingView> Settings, IReadOnlyList<string> Problems);
