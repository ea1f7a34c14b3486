using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>The tree of snapshots that lies beside a .vmx file as .vmsd.</summary>
internal static class VmxSnapshots
{
    private const int Max = 1000;

    public static IReadOnlyList<Snapshot> Of(VmxSettings vmsd, string fileName, Problems problems)
    {
        var count = vmsd.Int("snapshot.numSnapshots", 0);
        if (count is < 0 or > Max)
        {
            problems.Add(fileName, $"it states {count} snapshots, which cannot be");
            count = Math.Clamp(count, 0, Max);
        }

        var current = vmsd["snapshot.current"];
        var byId = new Dictionary<string, Snapshot>(StringComparer.Ordinal);
        var parents = new Dictionary<string, string>(StringComparer.Ordinal);
        // Entries are numbered without gaps by VMware, but not always from where the count says.
        foreach (var prefix in Enumerable.Range(0, Max).Select(n => $"snapshot{n}").Where(p => vmsd[$"{p}.uid"] is not null).Take(count))
        {
            var id = vmsd[$"{prefix}.uid"]!;
            if (!byId.TryAdd(id, Read(vmsd, prefix, id, id == current)))
            {
                problems.Add(fileName, $"two snapshots have the id {id}; the first was taken");
            }
            else if (vmsd[$"{prefix}.parent"] is { } parent)
            {
                parents[id] = parent;
            }
        }

        if (byId.Count < count)
        {
            problems.Add(fileName, $"it states {count} snapshots and describes {byId.Count}");
        }

        return Ordered(byId, parents, fileName, problems);
    }

    /// <summary>Each before its children. What hangs below a missing parent counts as a root.</summary>
    private static List<Snapshot> Ordered(Dictionary<string, Snapshot> byId, Dictionary<string, string> parents, string fileName, Problems problems)
    {
        var children = byId.Keys.ToLookup(id => parents.GetValueOrDefault(id) is { } p && byId.ContainsKey(p) && p != id ? p : "");
        foreach (var (id, parent) in parents.Where(p => !byId.ContainsKey(p.Value)))
        {
            problems.Add(fileName, $"snapshot {id} builds on {parent}, which is not there");
        }

        var ordered = new List<Snapshot>();
        var next = new Stack<(string Id, int Depth)>(children[""].Reverse().Select(id => (id, 1)));
        while (next.TryPop(out var at))
        {
            var parent = parents.GetValueOrDefault(at.Id);
            ordered.Add(byId[at.Id] with { Depth = at.Depth, ParentKey = parent is not null && byId.ContainsKey(parent) && at.Depth > 1 ? parent : null });
            foreach (var child in children[at.Id].Reverse())
            {
                next.Push((child, at.Depth + 1));
            }
        }

        if (ordered.Count < byId.Count)
        {
            problems.Add(fileName, $"{byId.Count - ordered.Count} snapshots build on each other in a circle; they are left out");
        }

        return ordered;
    }

    private static Snapshot Read(VmxSettings vmsd, string prefix, string id, bool isCurrent) => new()
    {
        Key = id,
        Name = vmsd[$"{prefix}.displayName"] ?? $"snapshot {id}",
        Description = vmsd[$"{prefix}.description"] ?? "",
        CreatedAt = Time(vmsd.Number($"{prefix}.createTimeHigh"), vmsd.Number($"{prefix}.createTimeLow")),
        Quiesced = vmsd.Flag($"{prefix}.quiesced"),
        PowerState = vmsd[$"{prefix}.type"] == "1" ? "poweredOn" : "poweredOff",
        IsCurrent = isCurrent,
        DiskFiles = [.. Enumerable.Range(0, Math.Clamp(vmsd.Int($"{prefix}.numDisks", 0), 0, 256)).Select(d => vmsd[$"{prefix}.disk{d}.fileName"]).OfType<string>()],
    };

    /// <summary>Microseconds since 1970 in two halves, of which the lower may be written as a negative number.</summary>
    private static DateTime Time(long? high, long? low)
    {
        var microseconds = high is null || low is null ? 0 : (high.Value << 32) | (low.Value & 0xFFFF_FFFF);
        return microseconds is >= 0 and < 4_102_444_800_000_000 ? DateTime.UnixEpoch.AddMicroseconds(microseconds) : DateTime.UnixEpoch;
    }
}
