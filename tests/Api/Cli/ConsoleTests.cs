using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Api.Cli;
using Migrate.Api.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Cli;

/// <summary>What goes where, and how it differs between a terminal and a pipe.</summary>
public sealed partial class ConsoleTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failure_with_json_is_one_line_of_json_on_standard_error_with_what_the_problem_says()
    {
        var failed = await server.RunAsync("plan", "show", "none", "--json");
        failed.ExitCode.ShouldBe(1);
        failed.Out.ShouldBeEmpty();
        var problem = JsonDocument.Parse(failed.Error.TrimEnd('\n')).RootElement;
        failed.Error.TrimEnd('\n').ShouldNotContain("\n");
        problem.GetProperty("title").GetString().ShouldBe("There is no plan named 'none'.");
        problem.GetProperty("code").GetString().ShouldBe("plan.unknown");
        problem.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("exitCode").GetInt32().ShouldBe(1);

        var wrong = await server.RunAsync("plan", "show", "first", "--json", "--colour");
        wrong.ExitCode.ShouldBe(2);
        var usage = JsonDocument.Parse(wrong.Error).RootElement;
        usage.GetProperty("errors").GetArrayLength().ShouldBeGreaterThan(0);
        usage.GetProperty("exitCode").GetInt32().ShouldBe(2);
        usage.GetProperty("remedy").GetString().ShouldBe("See 'migrate plan show --help'.");
    }

    [Fact]
    public async Task Quiet_says_nothing_but_errors_and_plain_has_a_tab_between_cells()
    {
        var name = $"q{Guid.NewGuid():N}"[..12];
        (await server.RunAsync("user", "add", name, "--role", "Viewer", "--no-password")).ExitCode.ShouldBe(0);
        var plain = await server.RunAsync("user", "list", "--filter", name, "--plain");
        plain.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1].Split('\t')[..3].ShouldBe([name, "Viewer", "proxy"]);
        plain.Out.ShouldNotContain("  ");

        (await server.RunAsync("user", "list", "--page", "1", "--page-size", "1")).Error.ShouldStartWith("Page 1 of ");
        var one = await server.RunAsync("user", "list", "--page-size", "1", "--quiet", "--json");
        one.Error.ShouldBeEmpty();
        JsonDocument.Parse(one.Out).RootElement.GetArrayLength().ShouldBe(1);
        (await server.RunAsync("user", "list", "--page", "0")).ExitCode.ShouldBe(2);
        (await server.RunAsync("user", "show", "nobody-of-this-name", "--quiet")).Error.ShouldContain("error: ");
    }

    [Theory]
    [InlineData(true, null, null, true, new string[0])]
    [InlineData(true, "1", null, false, new string[0])]
    [InlineData(true, null, "dumb", false, new string[0])]
    [InlineData(true, null, null, false, new[] { "--no-color" })]
    [InlineData(false, null, null, false, new string[0])]
    public async Task Colours_are_for_terminals_that_want_them(bool isTerminal, string? noColor, string? term, bool expected, string[] more)
    {
        var (code, _, error) = await OnTerminalAsync(isTerminal, new() { ["NO_COLOR"] = noColor, ["TERM"] = term }, "", ["plan", "show", "none", .. more]);
        code.ShouldBe(1);
        error.Contains('\u001b').ShouldBe(expected, error);
        error.ShouldContain("error:");
    }

    [Fact]
    public async Task What_takes_something_away_asks_back_on_a_terminal_only()
    {
        var name = $"ask{Guid.NewGuid():N}"[..12];
        var id = JsonDocument.Parse((await server.RunAsync("view", "save", name, "--list", "runs", "--query", "phase=Failed", "--json")).Out).RootElement[0].GetProperty("id").GetString()!;
        var (refused, _, asked) = await OnTerminalAsync(true, [], "\n", "view", "remove", id);
        refused.ShouldBe(1);
        asked.ShouldContain($"view remove {id}: this cannot be taken back. Go on? [y/N]");
        asked.ShouldContain("Nothing was done.");
        var (dry, would, _) = await OnTerminalAsync(true, [], "", "view", "remove", id, "--dry-run");
        (dry, would.Trim()).ShouldBe((0, $"Not sent: DELETE /api/v1/views/{id}"));
        (await server.RunAsync("view", "list", "--filter", name)).Out.ShouldContain(id);

        (await OnTerminalAsync(true, [], "y\n", "view", "remove", id)).Code.ShouldBe(0);
        (await server.RunAsync("view", "list", "--filter", name)).Out.ShouldNotContain(id);
        foreach (var isTerminal in new[] { true, false })
        {
            var (code, _, error) = await OnTerminalAsync(isTerminal, [], "", ["view", "remove", id, .. isTerminal ? new[] { "--yes" } : []]);
            code.ShouldBe(1, "it is gone");
            error.ShouldNotContain("[y/N]");
        }
    }

    [Fact]
    public async Task Dry_run_shows_no_password()
    {
        var result = await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = "only-for-the-server" }, "source", "add", "dry", "--url", "https://127.0.0.1:9", "--user", "u", "--dry-run");
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldContain("Not sent: POST /api/v1/sources");
        result.Out.ShouldContain("not shown");
        (result.Out + result.Error).ShouldNotContain("only-for-the-server");
        (await server.RunAsync("source", "list")).Out.ShouldNotContain("127.0.0.1:9");
    }

    [Fact]
    public void Progress_changes_in_place_on_a_terminal_and_is_lines_in_a_log()
    {
        var time = new SteppedTime();
        var (live, _) = Progress(isTerminal: true, isQuiet: false);
        live.Count(c => c == '\n').ShouldBe(0, live);
        live.ShouldContain("\r\u001b[K");
        live.ShouldContain("web01: Seeding 50 % (512 MiB of 1 GiB), 25.6 MiB/s, ETA 20 s");

        var (log, lines) = Progress(isTerminal: false, isQuiet: false);
        log.ShouldNotContain("\u001b");
        log.ShouldNotContain("\r");
        lines.Length.ShouldBe(2, "a phase, and ten seconds of copying; not the second in between: " + log);
        lines[^1].ShouldContain("ETA 20 s");
        Progress(isTerminal: true, isQuiet: true).Text.ShouldBeEmpty();

        (string Text, string[] Lines) Progress(bool isTerminal, bool isQuiet)
        {
            using var error = new StringWriter();
            var terminal = new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = error, Environment = _ => null, ErrorIsTerminal = isTerminal };
            var progress = new ProgressLines(terminal, time, isQuiet);
            progress.Show(new RunUpdate(null, Copying(0)));
            time.Advance(TimeSpan.FromSeconds(1));
            progress.Show(new RunUpdate(null, Copying(16L << 20)));
            time.Advance(TimeSpan.FromSeconds(19));
            progress.Show(new RunUpdate(null, Copying(512L << 20)));
            return (error.ToString(), error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Theory]
    [InlineData(true, false, "\r\u001b[KHard disk 1: 25 % (256 MiB of 1 GiB), 25.6 MiB/s, ETA 30 s\r\u001b[K")]
    [InlineData(false, false, "Hard disk 1: 25 % (256 MiB of 1 GiB), 25.6 MiB/s, ETA 30 s\n")]
    [InlineData(true, true, "")]
    public void A_long_reading_says_how_far_it_is(bool isTerminal, bool isQuiet, string expected)
    {
        var time = new SteppedTime();
        using var error = new StringWriter { NewLine = "\n" };
        var progress = new ByteProgress(new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = error, Environment = _ => null, ErrorIsTerminal = isTerminal }, isQuiet, "Hard disk 1", 1L << 30, time);
        time.Advance(TimeSpan.FromMilliseconds(100));
        progress.Report(1 << 20);
        time.Advance(TimeSpan.FromMilliseconds(9900));
        progress.Report(256 << 20);
        progress.Report(257 << 20);
        progress.Finish();
        error.ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_watching_with_130_and_says_that_the_migration_goes_on()
    {
        await using var described = new DescribedServer { HoldsStreams = true };
        await described.StartAsync();
        foreach (var (command, again) in new[] { ("wave show first --wait", "migrate wave show first --wave 1 --wait"), ("run cutover web01 --reason said --wait", "migrate run show 01a1fbaf-6b05-77c9-8192-a39457ff049b --wait") })
        {
            described.Calls.Clear();
            var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Repository.Program("Api", "migrate"), .. command.Split(' ')])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["MIGRATE_SERVER"] = described.Url, ["MIGRATE_TOKEN"] = "t", ["MIGRATE_DATA"] = "/nowhere/at/all" },
            };
            using var process = Programs.Start(start);
            var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
            while (!described.Calls.Any(x => x.Operation is "FollowWave" or "FollowRun"))
            {
                process.HasExited.ShouldBeFalse(process.HasExited ? await error : "");
                await Task.Delay(50, Cancel);
            }

            using var kill = Programs.Start(new ProcessStartInfo("kill", ["-INT", $"{process.Id}"]));
            await process.WaitForExitAsync(Cancel);
            var said = await error;
            process.ExitCode.ShouldBe(130, said);
            said.ShouldContain($"Stopped watching; the migration goes on. Watch again: {again}");
            (await output).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData(RunPhase.Completed, "Pass", 0)]
    [InlineData(RunPhase.Completed, "Fail", 1)]
    [InlineData(RunPhase.Failed, "Pass", 1)]
    [InlineData(RunPhase.RolledBack, "Pass", 1)]
    public async Task Waiting_for_one_run_ends_as_it_ended(RunPhase phase, string outcome, int expected)
    {
        await using var described = new DescribedServer { Phase = phase.ToString(), Outcome = outcome };
        await described.StartAsync();
        var result = await CommandResult.OfAsync(new() { ["MIGRATE_TOKEN"] = "t", ["MIGRATE_SERVER"] = described.Url }, "run", "show", "web01", "--wait");
        result.ExitCode.ShouldBe(expected, result.Error);
        result.Out.ShouldContain(phase.ToString());
        described.LastEventId.ShouldBe("1", "what its log had before is not told again");
    }

    [Fact]
    public void The_exit_codes_that_the_documentation_lists_are_those_of_the_program()
    {
        var rows = ExitCodeRow().Matches(File.ReadAllText(Repository.PathOf("docs", "cli.md"))).Select(x => (int.Parse(x.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), x.Groups[2].Value));
        rows.ShouldBe(ExitCode.All.Select(x => (x.Code, x.Meaning)));
        foreach (var (code, meaning) in ExitCode.All)
        {
            ExitCode.Help.ShouldContain($"{code}  {meaning}");
        }
    }

    [Fact]
    public async Task Help_begins_with_what_the_command_does_and_with_examples()
    {
        var help = (await server.RunAsync("run", "rollback", "--help")).Out;
        var (what, examples, usage, codes) = (help.IndexOf("Removes the domain", StringComparison.Ordinal), help.IndexOf("Examples:", StringComparison.Ordinal), help.IndexOf("Usage:", StringComparison.Ordinal), help.IndexOf("Exit codes:", StringComparison.Ordinal));
        new[] { what, examples, usage, codes }.ShouldBeInOrder();
        what.ShouldBeGreaterThan(0);
    }

    private static RunView Copying(long bytes) => new(
        Guid.Empty, "p", 1, "web01", RunPhase.Seeding, 1, null, 1L << 30, bytes, DateTime.UnixEpoch, null, null, null, null, null, null, MigrationMode.Cold, null, null, 0, null, null, null);

    private async Task<(int Code, string Out, string Error)> OnTerminalAsync(bool isTerminal, Dictionary<string, string?> environment, string typed, params string[] args)
    {
        using var input = new StringReader(typed);
        using var output = new StringWriter();
        using var error = new StringWriter();
        environment["MIGRATE_DATA"] = server.Directory;
        var terminal = new Terminal { In = input, Out = output, Error = error, Environment = environment.GetValueOrDefault, InIsTerminal = isTerminal, OutIsTerminal = isTerminal, ErrorIsTerminal = isTerminal };
        var code = await CommandLine.RunAsync(args, terminal, Cancel);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }

    [GeneratedRegex(@"^\| (\d+) \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();
}
