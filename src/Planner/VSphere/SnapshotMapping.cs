using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>The tree of a VM's snapshots as a list, each before its children.</summary>
internal static class SnapshotMapping
{
    public static IReadOnlyList<Snapshot> Map(VirtualMachineSnapshotInfo? info, VirtualMachineFileLayoutEx? layout)
    {
        var files = LayoutMapping.SnapshotFiles(layout);
        var result = new List<Snapshot>();
        // Not recursive: a chain is as deep as somebody let it grow.
        var open = new Stack<(VirtualMachineSnapshotTree Tree, string? Parent, int Depth)>(
            (info?.RootSnapshotList ?? []).Reverse().Select(root => (root, (string?)null, 1)));
        while (open.TryPop(out var next))
        {
            var key = next.Tree.Snapshot?.Value ?? $"id-{next.Tree.Id}";
            result.Add(new Snapshot
            {
                Key = key,
                Name = VimName.Decode(next.Tree.Name) ?? key,
                ParentKey = next.Parent,
                Depth = next.Depth,
                CreatedAt = next.Tree.CreateTime.ToUniversalTime(),
                Description = next.Tree.Description ?? "",
                Quiesced = next.Tree.Quiesced,
                PowerState = next.Tree.State ?? "",
                IsCurrent = info?.CurrentSnapshot?.Value == key,
                DiskFiles = files.GetValueOrDefault(key, []),
            });
            foreach (var child in (next.Tree.ChildSnapshotList ?? []).Reverse())
            {
                open.Push((child, key, next.Depth + 1));
            }
        }

        return result;
    }
}
