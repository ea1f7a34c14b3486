using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Migrate.Api.Security.Audit;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class AuditCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("audit", "who did what, when, why, and what came of it", List(cli), Export(cli), Verify(cli));

    private static Command List(CommandSet cli)
    {
        var who = new Option<string?>("--who") { Description = "only this account", HelpName = "NAME" };
        var action = new Option<string?>("--action") { Description = "only this operation, e.g. CutOverRun", HelpName = "NAME" };
        var target = new Option<string?>("--target") { Description = "only what begins so, e.g. plans/first", HelpName = "WHAT" };
        var from = new Option<DateTimeOffset?>("--from") { Description = "not before, e.g. 2026-03-01T02:00:00Z", HelpName = "TIME" };
        var until = new Option<DateTimeOffset?>("--until") { Description = "before", HelpName = "TIME" };
        var list = new ListOptions(AuditEndpoints.Orders, filter: null);
        var last = new Option<int>("--last") { Description = "so many lines at most", HelpName = "N", DefaultValueFactory = _ => 100 };
        return cli.Verb(
            "list",
            "Lists the audit log, newest first.",
            list.After(who, action, target, from, until, last),
            async (invocation, cancellationToken) =>
            {
                var path = "audit" + list.Query(
                    invocation, ("who", invocation.Get(who)), ("action", invocation.Get(action)), ("target", invocation.Get(target)),
                    ("from", invocation.Get(from)?.UtcDateTime.ToString("O")), ("until", invocation.Get(until)?.UtcDateTime.ToString("O")));
                var lines = await invocation.Api.GetAllAsync<AuditView>(path, cancellationToken).Take(Math.Max(1, invocation.Get(last))).ToListAsync(cancellationToken);
                invocation.Print(lines, output =>
                {
                    var table = new Table("LINE", "TIME", "WHO", "FROM", "WHAT", "OF", "OUTCOME", "REASON");
                    foreach (var x in lines)
                    {
                        table.Add($"{x.Sequence}", Text.Time(x.At), $"{x.Who} ({x.Through})", x.CameFrom, $"{x.Action} {x.Kind}", x.Target, x.Outcome, x.Reason);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate audit list --action CutOverRun");
    }

    private static Command Export(CommandSet cli)
    {
        var file = new Option<string>("--out") { Description = "file to write", HelpName = "FILE", Required = true };
        return cli.Verb(
            "export",
            "Writes the whole log as JSON lines, oldest first.",
            [file],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DownloadAsync("audit/export", invocation.Get(file)!, cancellationToken);
                return ExitCode.Done;
            },
            "migrate audit export --out audit.jsonl");
    }

    private static Command Verify(CommandSet cli)
    {
        var file = new Option<string?>("--file") { Description = "an exported log, checked here and without the server", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "the installation's public key for it (installation.pub)", HelpName = "FILE" };
        return cli.Verb(
            "verify",
            "Checks that no line of the log was changed, removed or put in. Exit code 1 if one was.",
            [file, key],
            async (invocation, cancellationToken) =>
            {
                var check = invocation.Get(file) is { } exported
                    ? await OfFileAsync(exported, invocation.Get(key), cancellationToken)
                    : await invocation.Api.GetAsync<AuditCheck>("audit/verify", cancellationToken);
                invocation.Print(check, output => output.WriteLine(check.Intact
                    ? $"Intact: {Text.Count(check.Lines, "line")}, the last has the hash {check.LastHash}."
                    : $"NOT intact: {check.Problem}. In order up to line {check.Lines}."));
                return check.Intact ? ExitCode.Done : ExitCode.Failed;
            },
            "migrate audit verify",
            "migrate audit verify --file audit.jsonl --key installation.pub");
    }

    private static async Task<AuditCheck> OfFileAsync(string file, string? key, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            throw new CommandFailure(ExitCode.Usage, "An exported log is checked with the key of its installation.", "Give --key installation.pub, from the server's data directory or 'GET /api/v1/manifests/key'.");
        }

        try
        {
            return await AuditChain.CheckAsync(ReadAsync(file, cancellationToken), await File.ReadAllTextAsync(key, cancellationToken), head: null, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new CommandFailure(ExitCode.Failed, $"{file} cannot be checked: {e.Message}", "Give the file as 'migrate audit export' wrote it, and the public key as PEM.");
        }
    }

    private static async IAsyncEnumerable<AuditEntry> ReadAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in File.ReadLinesAsync(file, cancellationToken))
        {
            if (line.Length > 0)
            {
                yield return (JsonSerializer.Deserialize<AuditView>(line, Json.Options) ?? throw new JsonException("an empty line")).ToEntry();
            }
        }
    }
}
