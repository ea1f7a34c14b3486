using Migrate.Api.Reports.Formats;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Reports.Readiness;

/// <summary>Whether a plan may begin, and what is missing.</summary>
internal static class ReadinessAnswer
{
    // Older than this, hosts and VMs may have changed in what was found.
    private static readonly TimeSpan Stale = TimeSpan.FromDays(7);

    public static ReportAnswer Of(
        ReadinessFacts facts, IReadOnlyList<ReadinessVm> vms, IReadOnlyList<ReadinessConcern> concerns, ReadinessBaselines baselines, IReadOnlyList<ReadinessCapacity> capacity)
    {
        List<ReportAction> toDo = [.. Actions(facts, vms, concerns, baselines, capacity).OrderByDescending(x => x.Standing)];
        var blocked = vms.Count(x => x.State == VmReadiness.Blocked);
        var moved = vms.Count(x => x.State == VmReadiness.Moved);
        var left = vms.Count(x => x.State is VmReadiness.Ready or VmReadiness.Blocked);
        var standing = toDo.Select(x => x.Standing).DefaultIfEmpty(Standing.Good).Max();
        var rest = $"{Text.Count(vms.Count, "VM")}: {left - blocked} ready, {blocked} blocked{(vms.Count > left ? $", {vms.Count - left - moved} under way, {moved} moved" : "")}.";
        return left == 0
            ? new ReportAnswer(toDo.Exists(x => x.Standing == Standing.Bad) ? Standing.Bad : Standing.Good, "Nothing is left to begin", rest, toDo)
            : standing switch
            {
                Standing.Bad => new ReportAnswer(standing, "Not ready to begin", $"{rest} {Text.Count(toDo.Count(x => x.Standing == Standing.Bad), "point")} must be settled first.", toDo),
                Standing.Attention => new ReportAnswer(standing, "May begin, with points to look at", $"{rest} Nothing blocks the start; {Text.Count(toDo.Count(x => x.Standing == Standing.Attention), "point")} should be looked at.", toDo),
                _ => new ReportAnswer(standing, "Ready to begin", rest, toDo),
            };
    }

    private static IEnumerable<ReportAction> Actions(
        ReadinessFacts facts, IReadOnlyList<ReadinessVm> vms, IReadOnlyList<ReadinessConcern> concerns, ReadinessBaselines baselines, IReadOnlyList<ReadinessCapacity> capacity)
    {
        var name = facts.Plan.Plan.Name;
        var open = vms.Where(x => x.State == VmReadiness.Blocked).Select(x => x.Vm).ToHashSet();
        foreach (var concern in concerns.Where(x => x.Unaccepted > 0))
        {
            // What a VM that has moved already was let through with is in the list of concerns.
            var where = concern.Findings.Select(x => x.Vm).OfType<string>().Where(open.Contains).Distinct().ToList();
            if (where.Count > 0 || concern.Findings.Any(x => x.Vm is null))
            {
                yield return new ReportAction(
                    Standing.Bad, $"{concern.Label} ({concern.Id}) blocks {(where.Count is > 0 and <= 3 ? string.Join(", ", where) : Text.Count(where.Count > 0 ? where.Count : open.Count, "VM"))}.",
                    string.Join(" ", concern.Remedies) + (ConcernCatalogue.CanBeOverridden(concern.Id) ? $" Or accept it with a reason: migrate concerns override {concern.Id} --plan {name} --vm VM --reason TEXT" : ""));
            }
        }

        foreach (var failed in facts.Failed.Where(x => x.Holds))
        {
            yield return new ReportAction(Standing.Bad, $"The failed verdict of {failed.VmName} holds the waves after {failed.Wave}.", failed.Remedy);
        }

        foreach (var lacking in capacity.Where(x => x.Standing != Standing.Good))
        {
            yield return new ReportAction(lacking.Standing, $"{char.ToUpperInvariant(lacking.What[0])}{lacking.What[1..]} at the destination: {lacking.Statement}", lacking.Available is null && lacking.What != "storage"
                ? $"migrate host probe {facts.Plan.Host.Name}" : "Free or add some, move fewer VMs at once, or plan another host.");
        }

        if (facts.Check is null)
        {
            yield return new ReportAction(Standing.Attention, "The plan was never checked against the systems themselves: logins, disks and room are not known to work.", $"migrate plan check {name}");
        }
        else if (facts.Now - facts.Check.StartedAt > Stale)
        {
            yield return new ReportAction(Standing.Attention, $"The newest check is {Text.Count((long)(facts.Now - facts.Check.StartedAt).TotalDays, "day")} old.", $"migrate plan check {name}");
        }

        if (facts.Now - facts.Inventory.TakenAt > Stale)
        {
            yield return new ReportAction(
                Standing.Attention, $"The inventory that the plan was made against is {Text.Count((long)(facts.Now - facts.Inventory.TakenAt).TotalDays, "day")} old.", $"migrate inventory sync {facts.Plan.Source}; then plan anew what has changed");
        }

        if (concerns.Where(x => x.Severity == ConcernSeverity.Warning).ToList() is { Count: > 0 } warnings)
        {
            yield return new ReportAction(Standing.Attention, $"{Text.Count(warnings.Count, "warning")} on {Text.Count(warnings.SelectMany(x => x.Findings).Select(x => x.Vm).Distinct().Count(), "VM")}: {string.Join(", ", warnings.Take(3).Select(x => x.Label))}{(warnings.Count > 3 ? " and others" : "")}.", "Read them below; each has its remedy.");
        }

        if (baselines.None > 0)
        {
            yield return new ReportAction(
                Standing.Attention, $"{Text.Count(baselines.None, "VM has", "VMs have")} no baseline: how storage behaves after the move cannot be compared.", $"migrate baseline start --source {facts.Plan.Source} --all (weeks before the move)");
        }

        if (facts.Version is null)
        {
            yield return new ReportAction(Standing.Good, "No times are planned: waves begin when somebody starts them.", $"migrate wave plan {name}");
        }
        else if (facts.Version.ApprovedAt is null)
        {
            yield return new ReportAction(Standing.Attention, $"Version {facts.Version.Number} of the waves is not approved: nothing follows from its times.", $"migrate wave approve {name} --version {facts.Version.Number} --reason TEXT");
        }
    }
}
