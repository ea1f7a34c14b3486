using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Records;

/// <summary>A file that somebody edited, or that half survived: nothing of it is used unless all of it makes sense.</summary>
internal static class TargetRecordsCheck
{
    /// <summary>Everything that is wrong, empty when nothing is.</summary>
    public static IReadOnlyList<string> Problems(TargetRecords? records)
    {
        if (records is not { Version: TargetRecords.CurrentVersion, Subsystems.Count: > 0, Hosts: not null })
        {
            return ["it has another version, or no subsystem, or no list of hosts"];
        }

        var problems = new List<string>();
        foreach (var subsystem in records.Subsystems)
        {
            CheckSubsystem(subsystem, problems);
        }

        problems.AddRange(Twice(records.Subsystems.Select(s => s?.Nqn)).Select(n => $"subsystem {n} is there twice"));
        var uuids = records.Subsystems.SelectMany(s => s?.Namespaces ?? []).Select(n => n?.Uuid.ToString());
        problems.AddRange(Twice(uuids).Select(u => $"namespace {u} is there twice"));
        problems.AddRange(Twice(records.Hosts.Select(h => h?.Nqn)).Select(n => $"host {n} is there twice"));
        problems.AddRange(records.Hosts.Where(h => h?.Nqn is null || Nqn.Problem(h.Nqn) is not null).Select(h => $"a host is named \"{h?.Nqn}\""));
        return problems;
    }

    private static void CheckSubsystem(SubsystemRecord? subsystem, List<string> problems)
    {
        if (subsystem is not { Nqn: not null, AllowedHosts: not null, Ana: not null, Namespaces: not null, SerialNumber.Length: > 0 and <= 20 })
        {
            problems.Add($"subsystem {subsystem?.Nqn} has no name, no serial number, or lacks one of its lists");
            return;
        }

        if (Nqn.Problem(subsystem.Nqn) is { } problem)
        {
            problems.Add($"subsystem {subsystem.Nqn}: {problem}");
        }

        foreach (var host in subsystem.AllowedHosts.Where(h => h is null || Nqn.Problem(h) is not null))
        {
            problems.Add($"subsystem {subsystem.Nqn} allows \"{host}\", which is no NQN");
        }

        foreach (var ana in subsystem.Ana.Where(a => a is null || a.Group is 0 or > AnaAccess.MostGroups || !Enum.IsDefined(a.State)))
        {
            problems.Add($"subsystem {subsystem.Nqn} has the access state {ana?.State} of group {ana?.Group}");
        }

        foreach (var one in subsystem.Namespaces)
        {
            if (Problem(one) is { } wrong)
            {
                problems.Add(wrong);
            }
        }

        problems.AddRange(Twice(subsystem.Namespaces.Select(n => n?.Nsid.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            .Select(n => $"subsystem {subsystem.Nqn} has NSID {n} twice"));
    }

    private static string? Problem(NamespaceRecord? one) => one switch
    {
        null => "an entry is empty",
        { Uuid: var uuid } when uuid == Guid.Empty => "a UUID is missing",
        { Nsid: 0 or > NamespaceTable.MaxNsid } => $"namespace {one.Uuid} has NSID {one.Nsid}, not 1 to {NamespaceTable.MaxNsid}",
        { BlockSize: not (512 or 4096) } => $"namespace {one.Uuid} has a block size of {one.BlockSize}",
        { AnaGroup: 0 or > AnaAccess.MostGroups } => $"namespace {one.Uuid} has ANA group {one.AnaGroup}",
        _ when !IsSize(one.CapacityBytes, one.BlockSize) => $"namespace {one.Uuid} has a capacity of {one.CapacityBytes} bytes",
        _ when one.BackingPath is { } path && !Path.IsPathFullyQualified(path) => $"namespace {one.Uuid} lies on \"{path}\", which is no full path",
        { GrantEpoch: < 0 } => $"namespace {one.Uuid} was granted with epoch {one.GrantEpoch}",
        _ when one.ResizingTo is { } size && !IsSize(size, one.BlockSize) => $"namespace {one.Uuid} was to get {size} bytes",
        _ => null,
    };

    private static bool IsSize(long bytes, int blockSize) => bytes > 0 && bytes % blockSize == 0;

    private static IEnumerable<string> Twice(IEnumerable<string?> values) =>
        values.OfType<string>().GroupBy(v => v).Where(g => g.Count() > 1).Select(g => g.Key);
}
