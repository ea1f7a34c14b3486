using System.CommandLine;
using System.Globalization;
using Migrate.Api.Pages.Overview;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>What the page Overview shows.</summary>
internal static class OverviewCommands
{
    public static Command Overview(CommandSet cli) => cli.Verb(
        "overview",
        "Shows the installation in one look: estate, plans, what moves now, the next cutover and the newest events.",
        [],
        async (invocation, cancellationToken) =>
        {
            var view = await invocation.Api.GetAsync<OverviewView>("overview", cancellationToken);
            invocation.Print(view, output => Write(view, output));
            return ExitCode.Done;
        },
        "migrate overview");

    public static Command Events(CommandSet cli)
    {
        var level = new Option<string?>("--level") { HelpName = "LEVEL", Description = "only info, warning or error" };
        level.AcceptOnlyFromAmong(RunLog.Info, RunLog.Warning, RunLog.Error);
        var list = new ListOptions(EventList.Orders, "the VM's name");
        return cli.Verb(
            "events",
            "Lists what happened in all runs, newest first.",
            list.After(level),
            async (invocation, cancellationToken) =>
            {
                var events = await invocation.Api.GetAllAsync<NewestEvent>("events" + list.Query(invocation, ("level", invocation.Get(level))), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(events, output => Write(events, output));
                return ExitCode.Done;
            },
            "migrate events --level error --page-size 50",
            "migrate events --filter web");
    }

    private static void Write(OverviewView view, TextWriter output)
    {
        var table = new Table("WHAT", "NOW");
        table.Add("estate", $"{Text.Count(view.VmCount, "VM")} with {Text.Bytes(view.CapacityBytes)} at {Text.Count(view.Sources.Count, "source")}");
        table.Add("planned", $"{Text.Count(view.Planned, "VM")} in {Text.Count(view.Plans, "plan")}");
        table.Add("ready to start", $"{Number(view.Ready)}, and {Number(view.Blocked)} blocked by critical concerns");
        table.Add("moving now", $"{Number(view.Active.Count)} at {Text.Rate(view.BytesPerSecond)}; {Number(Of(RunPhase.Failed))} failed, {Number(Of(RunPhase.Completed))} completed");
        table.Add("next cutover", view.NextCutOver is { } next ? $"{Text.Time(next.At)}, {next.Vm}" : "no time is set");
        table.Add("KVM hosts", Named(view.Hosts.Select(x => x.Name)));
        table.Add("workers", Named(view.Workers.Select(x => $"{x.Name} {x.State}")));
        table.Write(output);
        Write(view.Events, output);

        int Of(RunPhase phase) => view.Phases.FirstOrDefault(x => x.Phase == phase)?.Count ?? 0;
    }

    private static void Write(IReadOnlyList<NewestEvent> events, TextWriter output)
    {
        foreach (var (vm, line) in events)
        {
            output.WriteLine(Table.Clean($"{Text.Time(line.At)} {vm}: {line.Phase}: {(line.Level == RunLog.Info ? "" : line.Level + ": ")}{line.Message}"));
        }
    }

    private static string Named(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } joined ? joined : "none";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
