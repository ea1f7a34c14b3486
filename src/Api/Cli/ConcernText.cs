using Migrate.Api.Concerns;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Cli;

internal static class ConcernText
{
    public static void Write(IReadOnlyList<ConcernsOfVm> found, TextWriter output)
    {
        if (found.Count == 0)
        {
            output.WriteLine("No concerns.");
            return;
        }

        foreach (var (vm, concern) in found.SelectMany(v => v.Concerns.Select(c => (v.Vm, Concern: c))).OrderByDescending(f => f.Concern.Severity))
        {
            Write(vm, concern, output);
        }
    }

    public static void Write(PlanCheckView check, TextWriter output)
    {
        output.WriteLine($"Checked {Text.Time(check.StartedAt)}: {check.Tried} tried, Critical {check.Critical}, Warning {check.Warnings}, Information {check.Information}");
        foreach (var finding in check.Findings)
        {
            Write(finding.Vm ?? "all VMs", finding.Concern, output);
        }
    }

    public static void Write(ConcernKind kind, TextWriter output)
    {
        output.WriteLine($"{kind.Id}: {kind.Label}");
        output.WriteLine($"  {kind.Finds}");
        output.WriteLine($"  At most {kind.Severity}. {(kind.IsProbe ? "A probe: found by 'migrate plan check'." : "A rule: judged from what is known.")}");
        if (kind.Severity == ConcernSeverity.Critical)
        {
            output.WriteLine(kind.CanBeOverridden ? "  Can be overridden with a reason." : "  Cannot be overridden: going on would lose data, or copy nothing, for certain.");
        }

        output.WriteLine($"  {kind.Assessment}");
        output.WriteLine($"  Remedy: {kind.Remedy}");
        foreach (var detail in kind.Details)
        {
            output.WriteLine($"  - {detail}");
        }

        output.WriteLine($"  Source: {kind.Source}");
    }

    public static void Write(IReadOnlyList<ConcernKind> kinds, TextWriter output)
    {
        var table = new Table("ID", "SEVERITY", "CONCERN");
        foreach (var kind in kinds)
        {
            table.Add(kind.Id, kind.Severity, kind.Label);
        }

        table.Write(output);
    }

    public static void Write(IReadOnlyList<OverrideView> overrides, TextWriter output)
    {
        foreach (var one in overrides)
        {
            output.WriteLine(Table.Clean($"Override     {one.Vm}: {one.Concern} by {one.GivenBy} on {Text.Time(one.GivenAt)}: {one.Reason}"));
            if (one.LiftedAt is { } at)
            {
                output.WriteLine(Table.Clean($"             lifted by {one.LiftedBy} on {Text.Time(at)}: {one.LiftedBecause}"));
            }
        }
    }

    private static void Write(string vm, Concern concern, TextWriter output)
    {
        output.WriteLine(Table.Clean($"{concern.Severity,-11}  {vm}: {concern.Label} ({concern.Id}, {concern.Subject})"));
        output.WriteLine(Table.Clean($"             {concern.Assessment}"));
        output.WriteLine(Table.Clean($"             Remedy: {concern.Remedy}"));
    }
}
