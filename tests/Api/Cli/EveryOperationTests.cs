using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Api.Cli;

namespace Migrate.Api.Tests.Cli;

/// <summary>
/// What the API can, commands can: every example of every command's help is run against a server made of the API's document, which tells the calls that it got. No list says what a command does;
/// only what no command does is listed, with the reason.
/// </summary>
public sealed partial class EveryOperationTests : IDisposable
{
    /// <summary>No command makes these calls.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["ListConcernKinds"] = "`migrate concerns explain` says the same from the program itself and needs no server",
        ["GetConcernKind"] = "`migrate concerns explain ID` says the same from the program itself and needs no server",
        ["ChangePassword"] = "for people who logged in by a password, on the page Settings: a command comes with a token or a key, which have none; an administrator has `migrate user update --password-file`",
        ["GetReadinessReport"] = "the address without a format, for browsers; commands name the format",
        ["GetWaveResultReport"] = "the address without a format, for browsers; commands name the format",
        ["GetValidationReport"] = "the address without a format, for browsers; commands name the format",
        ["GetHandOverReport"] = "the address without a format, for browsers; commands name the format",
    };

    /// <summary>These ask by a method that usually changes something, and change nothing.</summary>
    private static readonly string[] Questions = ["CompareWaves", "VerifyManifest"];

    /// <summary>Examples that work on files alone.</summary>
    private static readonly string[] OfFiles = ["migrate verify web01-disk-2000.manifest", "migrate audit verify --file"];

    /// <summary>Beside the examples: what would make help long without telling anybody much.</summary>
    private static readonly string[] More =
    [
        .. from kind in new[] { "readiness first", "wave first --wave 1", "validation first --wave 1", "handover web01" } from format in new[] { "json", "html", "csv", "pdf" } select $"migrate report {kind} --format {format} --out out.{format}",
        "migrate inventory iser --evidence esx01.example=esx01.txt --version 3",
        "migrate inventory vms --filter web --power poweredOn --host esx01.example --folder /DC1 --cluster Prod --datacenter DC1 --datastore ds1 --guest debian --min-used-bytes 1 --max-used-bytes 2 --min-change-rate 1 --max-change-rate 2 --measured true --worst None --concern disk.rdm --plan first --wave 1 --planned true --version 3",
        "migrate inventory vms --filter web --power poweredOn --host esx01.example --folder /DC1 --cluster Prod --datacenter DC1 --datastore ds1 --guest debian --min-used-bytes 1 --max-used-bytes 2 --min-change-rate 1 --max-change-rate 2 --measured true --worst None --concern disk.rdm --plan first --wave 1 --planned true --version 3 --sort name --csv",
        "migrate plan add first --matching --expected 3 --filter web --power poweredOn --host esx01.example --folder /DC1 --cluster Prod --datacenter DC1 --datastore ds1 --guest debian --min-used-bytes 1 --max-used-bytes 2 --min-change-rate 1 --max-change-rate 2 --measured true --worst None --concern disk.rdm --in-plan first --in-wave 1 --planned true --wave 2",
        "migrate plan create all --source vc1 --host kvm1 --matching --expected 3 --filter web --power poweredOn --esxi-host esx01.example --folder /DC1 --cluster Prod --datacenter DC1 --datastore ds1 --guest debian --min-used-bytes 1 --max-used-bytes 2 --min-change-rate 1 --max-change-rate 2 --measured true --worst None --concern disk.rdm --in-plan first --in-wave 1 --planned true",
        "migrate baseline stop --vm db01",
        "migrate baseline import --vscsistats db01.csv --vm db01 --handle 8193",
        "migrate host add kvm3 --attachment nvme-tcp --fio result.json",
        "migrate host probe kvm1 --probe-kernel /boot/vmlinuz",
        "migrate host update kvm2 --uri qemu:///system --attachment nvme-tcp --probe-kernel /boot/vmlinuz",
        "migrate concerns list --plan first --vm db01",
        "migrate run list --wave 2",
        "migrate run log web01 --level warning",
        "migrate jobs list --queue Copy --vm web",
        "migrate user update ana --password-file ana.password",
        "migrate view list --list runs",
        "migrate audit list --who ana --target plans/first --from 2026-03-01T00:00:00Z --until 2026-03-02T00:00:00Z",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-examples-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Every_command_has_an_example_and_every_example_is_right()
    {
        var cli = new CommandSet(Terminal.OfThisProcess());
        var root = CommandLine.Build(cli);
        List<string> wrong = [.. HelpWithExamples.FirstSteps.SelectMany(x => root.Parse(ExampleLine.Words(x)).Errors.Select(e => $"{x}: {e.Message}"))];
        foreach (var (path, command) in CompletionCommand.All(root).Where(x => x.Command.Subcommands.Count == 0))
        {
            var examples = cli.Examples.GetValueOrDefault(command) ?? [];
            wrong.AddRange(examples.Count == 0 ? [$"{path}: no example"] : []);
            foreach (var example in examples)
            {
                var parsed = root.Parse(ExampleLine.Words(example));
                wrong.AddRange(parsed.Errors.Select(x => $"{example}: {x.Message}"));
                wrong.AddRange(parsed.CommandResult.Command == command ? [] : [$"{path}: {example} is of another command"]);
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_operation_has_a_command_which_gives_it_all_that_it_takes()
    {
        await using var server = new DescribedServer();
        await server.StartAsync();
        var cli = new CommandSet(Terminal.OfThisProcess());
        var root = CommandLine.Build(cli);
        var madeBy = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var inputs = new Dictionary<string, HashSet<string>>();
        List<string> wrong = [];
        foreach (var line in Lines(cli, root))
        {
            var words = Words(line);
            var command = root.Parse(words).CommandResult.Command;
            server.Calls.Clear();
            var result = await RunAsync(server, words);
            if (result.ExitCode is not (ExitCode.Done or ExitCode.BlockedByConcerns) || result.Error.Contains("error:", StringComparison.Ordinal))
            {
                wrong.Add($"{line}: {result.ExitCode} {result.Error}");
            }

            var calls = server.Calls.ToArray();
            foreach (var call in calls)
            {
                (madeBy.TryGetValue(call.Operation, out var some) ? some : madeBy[call.Operation] = new(StringComparer.Ordinal)).Add(NameOf(root, command));
                (inputs.TryGetValue(call.Operation, out var given) ? given : inputs[call.Operation] = []).UnionWith(call.Inputs);
            }

            var changes = calls.Any(x => x.Verb != "GET" && !Questions.Contains(x.Operation));
            if (changes != command.Options.Any(x => x.Name == "--dry-run") && changes)
            {
                wrong.Add($"{line}: changes something and has no --dry-run");
            }

            if (changes)
            {
                server.Calls.Clear();
                var dry = await RunAsync(server, [.. words, "--dry-run"]);
                wrong.AddRange(server.Calls.Where(x => x.Verb != "GET").Select(x => $"{line} --dry-run: {x.Operation}"));
                wrong.AddRange(dry.ExitCode == 0 && dry.Out.Contains(words.Contains("--json") ? "\"method\"" : "Not sent: ", StringComparison.Ordinal) ? [] : [$"{line} --dry-run: {dry.ExitCode} {dry.Out}{dry.Error}"]);
            }
        }

        // Which source has a VM is asked where there are several.
        (server.Total, var before) = (2, server.Calls.Count);
        await RunAsync(server, ["inventory", "show", "web01"]);
        madeBy["FindVmPlaces"] = [.. server.Calls.Skip(before).Where(x => x.Operation == "FindVmPlaces").Select(_ => "migrate inventory show")];

        wrong.AddRange(server.Strange.Distinct());
        wrong.AddRange(server.OperationIds.Where(x => madeBy.ContainsKey(x) == Elsewhere.ContainsKey(x)).Select(x => madeBy.ContainsKey(x) ? $"{x} has a command after all" : $"{x} has no command"));
        wrong.AddRange(Elsewhere.Keys.Except(server.OperationIds).Select(x => $"there is no {x}"));
        foreach (var (id, given) in inputs)
        {
            wrong.AddRange(server.InputsOf(id).Except(given).Select(x => $"{id} {x}: no command gives it"));
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        WrittenDocument.ShouldBe("docs/calls.md", Document(madeBy));
    }

    [Fact]
    public async Task What_is_printed_as_json_is_json_and_progress_stays_off_it()
    {
        await using var server = new DescribedServer();
        await server.StartAsync();
        var cli = new CommandSet(Terminal.OfThisProcess());
        var root = CommandLine.Build(cli);
        List<string> wrong = [];
        foreach (var line in Lines(cli, root))
        {
            var words = Words(line);
            if (words.Contains("--json") || words.Contains("--xml") || words.Contains("csv") || words.Contains("ics") || !root.Parse(words).CommandResult.Command.Options.Contains(cli.AsJson))
            {
                continue;
            }

            var result = await RunAsync(server, [.. words, "--json"]);
            try
            {
                using var parsed = result.Out.Length > 0 ? JsonDocument.Parse(result.Out) : null;
            }
            catch (JsonException e)
            {
                wrong.Add($"{line} --json: {e.Message} {result.Out}");
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    private static IEnumerable<string> Lines(CommandSet cli, System.CommandLine.RootCommand root) => CompletionCommand.All(root)
        .Where(x => x.Command.Options.Contains(cli.Server)).SelectMany(x => cli.Examples[x.Command]).Where(x => !OfFiles.Any(file => x.StartsWith(file, StringComparison.Ordinal))).Concat(More).Concat(OfLists(cli, root));

    /// <summary>Each list once with all that lists take.</summary>
    private static IEnumerable<string> OfLists(CommandSet cli, System.CommandLine.RootCommand root)
    {
        foreach (var (_, command) in CompletionCommand.All(root))
        {
            if (command.Options.FirstOrDefault(x => x.Name == "--sort") is { } sort)
            {
                var all = $" --sort {sort.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).First().Label} --filter x --version 3 --page 2 --page-size 7".Split(" --").Skip(1).Select(x => "--" + x);
                var example = cli.Examples[command][0].Split('|')[0];
                yield return $"{example} {string.Join(' ', all.Where(x => !example.Contains(x.Split(' ')[0], StringComparison.Ordinal) && command.Options.Any(o => o.Name == x.Split(' ')[0])))}";
            }
        }
    }

    private static string NameOf(System.CommandLine.RootCommand root, System.CommandLine.Command command) => CompletionCommand.All(root).Single(x => x.Command == command).Path;

    private static string Document(SortedDictionary<string, SortedSet<string>> madeBy)
    {
        var text = new StringBuilder("# Calls of the API and commands that make them\n\nThis page is written by a test that runs every command against the API's document (docs/openapi.json) and notes which calls it makes.\n\n| Operation | Commands |\n|---|---|\n");
        foreach (var (id, commands) in madeBy)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {id} | {string.Join(", ", commands.Select(x => $"`{x}`"))} |\n");
        }

        text.Append("\nNo command makes these:\n\n| Operation | Because |\n|---|---|\n");
        foreach (var (id, reason) in Elsewhere)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {id} | {reason} |\n");
        }

        return text.ToString();
    }

    private static Task<CommandResult> RunAsync(DescribedServer server, string[] words) =>
        CommandResult.OfAsync(new() { ["MIGRATE_TOKEN"] = "t", ["MIGRATE_SERVER"] = server.Url, ["MIGRATE_DATA"] = "/nowhere/at/all", ["MIGRATE_PASSWORD"] = "p", ["USER"] = "ana" }, words);

    /// <summary>The files of examples are in a directory of the test, and hold what does for any of them.</summary>
    private string[] Words(string line) => [.. ExampleLine.Words(line).Select(word => FileName().Replace(word, match =>
    {
        var file = Path.Combine(_directory, Path.GetFileName(match.Value));
        if (match.Value.EndsWith('/'))
        {
            return Path.Combine(_directory, match.Value);
        }

        if (!File.Exists(file))
        {
            File.WriteAllText(file, file.EndsWith(".json", StringComparison.Ordinal) ? """{ "start": "2026-03-01T02:00:00Z", "rateFactor": 0.5 }""" : "some text");
        }

        return file;
    }))];

    [GeneratedRegex(@"[^=]+\.(txt|json|csv|html|pdf|jsonl|pub|password)$|/run/secrets/\w+$|^\w+/$")]
    private static partial Regex FileName();
}
