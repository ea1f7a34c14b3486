using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns;

internal static class Words
{
    /// <summary>A finding that carries the rule's own id and label.</summary>
    public static Concern Find(this IConcernRule rule, ConcernSeverity severity, string subject, string assessment, string remedy) =>
        new(rule.Id, severity, rule.Label, subject, assessment, remedy);

    public static string Count(int number, string one) => number == 1 ? $"1 {one}" : $"{number} {one}s";

    public static string Or(string text, string otherwise) => string.IsNullOrWhiteSpace(text) ? otherwise : text;

    /// <summary>The VMs that <see cref="Neighbours.Others"/> gave, which may be fewer than there are.</summary>
    public static string Names(IReadOnlyList<Vm> vms) =>
        string.Join(", ", vms.Select(vm => $"'{vm.Name}'")) + (vms.Count == Neighbours.Most ? " and perhaps others" : "");

    /// <summary>What holds a disk's I/O in vSphere.</summary>
    public static string Limit(VirtualDisk disk) => string.Join(" and ", new[]
    {
        disk.IopsLimit > 0 ? $"at most {disk.IopsLimit} IOPS" : null,
        disk.IopsReservation > 0 ? $"at least {disk.IopsReservation} IOPS" : null,
        disk.Policy?.IopsLimit > 0 ? $"at most {disk.Policy.IopsLimit} IOPS by its policy '{disk.Policy.Name}'" : null,
    }.OfType<string>());
}
