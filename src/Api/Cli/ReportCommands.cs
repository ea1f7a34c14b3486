using System.CommandLine;
using System.Text.Json;
using Migrate.Api.Manifests;
using Migrate.Api.Reports.Formats;
using Migrate.Executor.Manifests;

namespace Migrate.Api.Cli;

internal static class ReportCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("report", "what happened, and what is proven", Show(cli), Export(cli), Readiness(cli), OfWave(cli, "wave", "What became of a wave: outcomes, bytes, downtimes beside their forecasts, deviations."), OfWave(cli, "validation", "What is proven of each VM, and why not more."), HandOver(cli));

    private static Argument<string> SubjectArgument() => new("RUN|PLAN") { Description = "id of a run, name of a plan, or name of a VM for its newest run" };

    private static Command Show(CommandSet cli)
    {
        var subject = SubjectArgument();
        return cli.Verb(
            "show",
            "Prints a report in short, or its numbers with --json.",
            [subject],
            async (invocation, cancellationToken) =>
            {
                var path = await PathAsync(invocation, invocation.Get(subject), cancellationToken);
                var json = await invocation.Api.GetTextAsync(path + "/report.json", cancellationToken);
                if (invocation.AsJson)
                {
                    await invocation.Terminal.Out.WriteLineAsync(json);
                }
                else
                {
                    ReportText.Write(path, json, invocation.Terminal.Out);
                }

                return ExitCode.Done;
            },
            "migrate report show first",
            "migrate report show 0b6b7a3e-5c11-4a53-9c0f-2f7b6a1f2d11 --json");
    }

    private static Command Export(CommandSet cli)
    {
        var subject = SubjectArgument();
        var html = new Option<string?>("--html") { Description = "write the self-contained HTML report to this file", HelpName = "FILE" };
        var json = new Option<string?>("--json") { Description = "write the same numbers as JSON to this file", HelpName = "FILE" };
        var manifests = new Option<string?>("--manifests") { Description = "write the signed manifests of a run's disks, and the key to check them with, into this directory", HelpName = "DIR" };
        return cli.Verb(
            "export",
            "Writes a report to files.",
            [subject, html, json, manifests],
            async (invocation, cancellationToken) =>
            {
                if (invocation.Get(html) is null && invocation.Get(json) is null && invocation.Get(manifests) is null)
                {
                    throw new CommandFailure(ExitCode.Usage, "There is nothing to write.", "Give --html FILE, --json FILE, --manifests DIR or several of them.");
                }

                var path = await PathAsync(invocation, invocation.Get(subject), cancellationToken);
                foreach (var (file, kind) in new[] { (invocation.Get(html), "html"), (invocation.Get(json), "json") })
                {
                    if (file is not null)
                    {
                        await WriteAsync(file, await invocation.Api.GetTextAsync($"{path}/report.{kind}", cancellationToken), cancellationToken);
                        invocation.Say($"Wrote {Path.GetFullPath(file)}.");
                    }
                }

                if (invocation.Get(manifests) is { } directory)
                {
                    await ExportManifestsAsync(invocation, path, directory, cancellationToken);
                }

                return ExitCode.Done;
            },
            "migrate report export first --html report.html --json report.json",
            "migrate report export 0b6b7a3e-5c11-4a53-9c0f-2f7b6a1f2d11 --html run.html --json run.json --manifests proof/");
    }

    private static Command Readiness(CommandSet cli)
    {
        var plan = new Argument<string>("PLAN") { Description = "name of the plan" };
        return OfKind(
            cli, "readiness", "Before a move: what moves, what stands against it, what is missing before it may begin.", [plan],
            (invocation, _) => Task.FromResult($"plans/{Uri.EscapeDataString(invocation.Get(plan))}/reports/readiness"), "migrate report readiness first --format pdf --out readiness.pdf");
    }

    private static Command OfWave(CommandSet cli, string kind, string description)
    {
        var plan = new Argument<string>("PLAN") { Description = "name of the plan" };
        var wave = new Option<int?>("--wave") { Description = "number of the wave (all of them)", HelpName = "N" };
        return OfKind(
            cli, kind, description, [plan, wave], (invocation, _) => Task.FromResult($"plans/{Uri.EscapeDataString(invocation.Get(plan))}/reports/{kind}"),
            $"migrate report {kind} first --wave 1 --format html --out wave1.html", invocation => Query.Of(("wave", invocation.Get(wave))));
    }

    private static Command HandOver(CommandSet cli)
    {
        var run = new Argument<string>("RUN") { Description = "id of a run, or name of a VM for its newest run" };
        return OfKind(
            cli, "handover", "After the move of one VM: what whoever runs it from now on should have on paper.", [run],
            async (invocation, cancellationToken) => $"runs/{await RunCommands.ResolveAsync(invocation, run, cancellationToken)}/reports/hand-over", "migrate report handover web01 --format html --out web01.html");
    }

    private static Command OfKind(
        CommandSet cli, string verb, string description, IReadOnlyList<Symbol> subject, Func<Invocation, CancellationToken, Task<string>> path, string example,
        Func<Invocation, string>? query = null)
    {
        var format = new Option<ReportFormat?>("--format") { Description = "html, json, csv or pdf (by the file's name, else json)", HelpName = "FORMAT" };
        var file = new Option<string?>("--out") { Description = "write it to this file; to the standard output when not given", HelpName = "FILE" };
        return cli.Verb(
            verb,
            description,
            [.. subject, format, file],
            async (invocation, cancellationToken) =>
            {
                var output = invocation.Get(file);
                var named = Enum.TryParse<ReportFormat>(Path.GetExtension(output)?.TrimStart('.'), ignoreCase: true, out var byName) ? byName : ReportFormat.Json;
                var wanted = invocation.Get(format) ?? named;
                var address = $"{await path(invocation, cancellationToken)}.{wanted.ToString().ToLowerInvariant()}{query?.Invoke(invocation)}";
                if (output is null)
                {
                    if (wanted == ReportFormat.Pdf)
                    {
                        throw new CommandFailure(ExitCode.Usage, "A PDF is not for a terminal.", "Give --out FILE.");
                    }

                    await invocation.Terminal.Out.WriteAsync(await invocation.Api.GetTextAsync(address, cancellationToken));
                    return ExitCode.Done;
                }

                try
                {
                    await invocation.Api.DownloadAsync(address, output, cancellationToken);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
                {
                    throw new CommandFailure(ExitCode.Failed, $"Cannot write {output}: {e.Message}", "Name a file in a directory that exists and that you may write to.");
                }

                invocation.Say($"Wrote {Path.GetFullPath(output)}.");
                return ExitCode.Done;
            },
            example);
    }

    private static async Task ExportManifestsAsync(Invocation invocation, string path, string directory, CancellationToken cancellationToken)
    {
        if (!path.StartsWith("runs/", StringComparison.Ordinal))
        {
            throw new CommandFailure(ExitCode.Usage, "Manifests are those of one run's disks.", "Name a run or a VM.");
        }

        var found = await invocation.Api.GetAsync<IReadOnlyList<ManifestView>>($"{path}/manifests", cancellationToken);
        try
        {
            Directory.CreateDirectory(directory);
            foreach (var manifest in found)
            {
                var file = Path.Combine(directory, $"disk-{manifest.DiskKey}.manifest");
                await invocation.Api.DownloadAsync($"{path}/manifests/{manifest.DiskKey}", file, cancellationToken);
                await invocation.Api.DownloadAsync($"{path}/manifests/{manifest.DiskKey}/signature", ManifestFile.SignatureOf(file), cancellationToken);
            }

            await invocation.Api.DownloadAsync("manifests/key", Path.Combine(directory, InstallationKey.PublicName), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed, $"Cannot write into {directory}: {e.Message}", "Name a directory that you may write to.");
        }

        invocation.Say($"Wrote {found.Count} {(found.Count == 1 ? "manifest" : "manifests")} into {Path.GetFullPath(directory)}.");
    }

    private static async Task WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailure(ExitCode.Failed, $"Cannot write {file}: {e.Message}", "Name a file in a directory that exists and that you may write to.");
        }
    }

    private static async Task<string> PathAsync(Invocation invocation, string subject, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(subject, out var id))
        {
            return $"runs/{id}";
        }

        try
        {
            await invocation.Api.GetAsync<JsonElement>($"plans/{Uri.EscapeDataString(subject)}", cancellationToken);
            return $"plans/{Uri.EscapeDataString(subject)}";
        }
        catch (CommandFailure failure) when (failure.Code == "plan.unknown")
        {
            return await RunCommands.FindAsync(invocation, subject, cancellationToken) is { } run
                ? $"runs/{run}"
                : throw new CommandFailure(ExitCode.Failed, $"'{subject}' is neither a plan nor a VM with a run.", "See 'migrate plan list' and 'migrate run list'.");
        }
    }
}
