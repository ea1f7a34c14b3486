using System.Diagnostics;
using System.Text;
using Migrate.Api.Cli;

namespace Migrate.Api.Tests.Cli;

/// <summary>The script that is printed, in a real bash; and the list of commands that docs/commands.md is.</summary>
public sealed class CompletionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("migrate inv", "inventory")]
    [InlineData("migrate source ", "add list")]
    [InlineData("migrate source add --thu", "--thumbprint")]
    [InlineData("migrate config show --log-format ", "text json")]
    [InlineData("migrate config show --log-format j", "json")]
    [InlineData("migrate completion z", "zsh")]
    [InlineData("migrate run rollback web01 --disc", "--discard-changes --discard-at-most")]
    [InlineData("migrate user add x --role Vi", "Viewer")]
    [InlineData("migrate inventory vms --sort -cap", "-capacity")]
    public async Task Bash_completes(string typed, string expected)
    {
        var offered = await BashAsync(typed);
        foreach (var word in expected.Split(' '))
        {
            offered.ShouldContain(word, $"{typed}: {string.Join(' ', offered)}");
        }

        var begun = typed.EndsWith(' ') ? "" : typed.Split(' ')[^1];
        offered.ShouldAllBe(x => x.StartsWith(begun, StringComparison.Ordinal));
    }

    /// <summary>With the keys that a person presses, since a shell splits words in its own way.</summary>
    [Theory]
    [InlineData("migrate inv\tver\t", "inventory versions")]
    [InlineData("migrate user add x --role=Vi\t", "user add x --role=Viewer")]
    [InlineData("migrate inventory vms --sort=-cap\t", "inventory vms --sort=-capacity")]
    [InlineData("migrate run show web01 --wa\t", "run show web01 --wait")]
    [InlineData("migrate source add x --dump DIRECTORY/scr\t", "source add x --dump DIRECTORY/script")]
    public async Task A_person_at_a_terminal_gets_it_by_the_tab_key(string keys, string expected)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-completion-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "script"), (await CommandResult.OfAsync([], "completion", "bash")).Out, Cancel);
            // In the place of the program: says what it was given.
            var program = Path.Combine(directory, "migrate");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\nprintf '%s\\n' \"$*\" > {directory}/given\n", Cancel);
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", $"bash --noprofile --rcfile {directory}/script -i", "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment = { ["PATH"] = $"{directory}:{Environment.GetEnvironmentVariable("PATH")}", ["INPUTRC"] = "/dev/null", ["HISTFILE"] = Path.Combine(directory, "history"), ["TERM"] = "dumb" },
            };
            using var shell = Programs.Start(start);
            var output = shell.StandardOutput.ReadToEndAsync(Cancel);
            await shell.StandardInput.WriteAsync($"{keys.Replace("DIRECTORY", directory, StringComparison.Ordinal)}\nexit\n".AsMemory(), Cancel);
            await shell.StandardInput.FlushAsync(Cancel);
            await shell.WaitForExitAsync(Cancel);
            (await File.ReadAllTextAsync(Path.Combine(directory, "given"), Cancel)).Trim().ShouldBe(expected.Replace("DIRECTORY", directory, StringComparison.Ordinal), await output);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task After_an_option_that_takes_anything_nothing_is_offered() => (await BashAsync("migrate source add x --user ")).ShouldBeEmpty();

    [Fact]
    public async Task Every_command_completes_to_its_own_verbs_and_options()
    {
        var root = CommandLine.Build(new CommandSet(Terminal.OfThisProcess()));
        var script = CompletionCommand.Bash(root);
        foreach (var (path, command) in CompletionCommand.All(root).Where(x => x.Command.Subcommands.Count > 0))
        {
            (await BashAsync(path + " ", script)).ShouldBe(command.Subcommands.Where(x => !x.Hidden).Select(x => x.Name).Concat(command.Options.Where(x => !x.Hidden).Select(x => x.Name)).Append("--help").Distinct(), ignoreOrder: true, path);
        }
    }

    /// <summary>docs/commands.md is written from the command tree: MIGRATE_WRITE_DOCS=1 makes this test write it instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_command_as_it_is()
    {
        var cli = new CommandSet(Terminal.OfThisProcess());
        string[] common = [cli.Server.Name, cli.TokenFile.Name, cli.Data.Name, cli.AsJson.Name, cli.Plain.Name, cli.Quiet.Name, cli.NoColor.Name, cli.DryRun.Name, "--page", "--page-size", "--help"];
        var text = new StringBuilder("# Commands\n\nThis page is written from the command tree by a test; `migrate --help` says the same. docs/cli.md says what all commands have in common, docs/calls.md which call of the API each makes.\n");
        foreach (var (path, command) in CompletionCommand.All(CommandLine.Build(cli)).Where(x => x.Command.Subcommands.Count == 0))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n## {path}\n\n{command.Description}\n");
            var lines = command.Arguments.Where(x => !x.Hidden).Select(x => (Name: x.Name, Text: x.Description))
                .Concat(command.Options.Where(x => !x.Hidden && !common.Contains(x.Name))
                    .OrderBy(x => x.Name, StringComparer.Ordinal).Select(x => (Name: x.Name + (x.HelpName is { Length: > 0 } form ? $" {form}" : ""), Text: x.Description)))
                .ToList();
            if (lines.Count > 0)
            {
                text.Append("\n| | |\n|---|---|\n");
                lines.ForEach(x => text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{x.Name.Replace("|", "\\|", StringComparison.Ordinal)}` | {x.Text?.Replace("|", "\\|", StringComparison.Ordinal)} |\n"));
            }

            if (cli.Examples.TryGetValue(command, out var examples) && examples.Count > 0)
            {
                text.Append("\n```\n").AppendJoin('\n', examples).Append("\n```\n");
            }
        }

        var path2 = Repository.PathOf("docs", "commands.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path2, text.ToString());
        }

        File.ReadAllText(path2).ShouldBe(text.ToString(), "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/commands.md");
    }

    /// <param name="typed">What stands on the line.</param>
    /// <param name="script">Another one than is printed.</param>
    /// <param name="environment">Of the shell.</param>
    internal static async Task<IReadOnlyList<string>> BashAsync(string typed, string? script = null, Dictionary<string, string>? environment = null)
    {
        script ??= (await CommandResult.OfAsync([], "completion", "bash")).Out;
        var start = new ProcessStartInfo("bash", ["--norc", "-c", "eval \"$SCRIPT\"; complete -p migrate >/dev/null || exit 9; read -ra COMP_WORDS <<<\"$TYPED\"; [[ $TYPED == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _migrate migrate; printf '%s\\n' \"${COMPREPLY[@]}\""])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SCRIPT"] = script, ["TYPED"] = typed },
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var bash = Programs.Start(start);
        var errors = bash.StandardError.ReadToEndAsync(Cancel);
        var offered = await bash.StandardOutput.ReadToEndAsync(Cancel);
        await bash.WaitForExitAsync(Cancel);
        (bash.ExitCode, await errors).ShouldBe((0, ""));
        return offered.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
