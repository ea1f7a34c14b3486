using System.CommandLine;
using System.Globalization;
using Migrate.Api.Limits;

namespace Migrate.Api.Cli;

internal static class LimitCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "limits", "what copies may take of source hosts, datastores and links, changed while they run", Show(cli), Set(cli), Remove(cli));

    private static Command Show(CommandSet cli) => cli.Verb(
        "show",
        "Shows the limits, the one that counts now, and what a datastore's latency leaves of it.",
        [],
        async (invocation, cancellationToken) =>
        {
            Print(invocation, await invocation.Api.GetAsync<IReadOnlyList<LimitView>>("limits", cancellationToken));
            return ExitCode.Done;
        },
        "migrate limits show");

    private static Command Set(CommandSet cli)
    {
        var limits = new Argument<string[]>("LIMIT")
        {
            Description = "SCOPE:NAME=LIMIT[,LIMIT][@HH:MM-HH:MM] with SCOPE host, datastore or link, NAME or *, and LIMIT 200MiB, 300iops or, to back off from a datastore's latency, 20ms",
            Arity = ArgumentArity.OneOrMore,
        };
        return cli.Change(
            "set",
            "Sets limits instead of what was set for the same names; copies follow within seconds.",
            [limits],
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await invocation.Api.PutAsync<IReadOnlyList<LimitView>>("limits", new SetLimits(invocation.Get(limits)!), cancellationToken));
                return ExitCode.Done;
            },
            "migrate limits set host:vc1.example=200MiB host:esx01.example=50MiB",
            "migrate limits set datastore:ds1=100MiB,20ms datastore:ds1=400MiB@22:00-06:00");
    }

    private static Command Remove(CommandSet cli)
    {
        var name = new Argument<string>("SCOPE:NAME") { Description = "as 'migrate limits show' names it" };
        return cli.Removal(
            "remove",
            "Removes a limit.",
            [name],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync("limits" + Query.Of(("of", invocation.Get(name))), cancellationToken);
                return ExitCode.Done;
            },
            "migrate limits remove datastore:ds1");
    }

    private static void Print(Invocation invocation, IReadOnlyList<LimitView> limits) => invocation.Print(limits, output =>
    {
        var table = new Table("OF", "LIMITS", "NOW", "LATENCY", "HELD TO");
        foreach (var limit in limits)
        {
            table.Add(
                limit.Of, string.Join(' ', limit.Limits), limit.Now,
                limit.LatencyMilliseconds is { } milliseconds ? $"{milliseconds.ToString("0.#", CultureInfo.InvariantCulture)} ms" : "",
                limit.HeldToBytesPerSecond is { } rate ? $"{Text.Bytes(rate)}/s" : "");
        }

        table.Write(output);
    });
}
