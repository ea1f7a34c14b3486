using Migrate.Executor.Copy.Throttle;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs.Steps;

/// <summary>What the copy of one disk shares with others, by the names under which an operator limits it.</summary>
internal static class CopyUses
{
    /// <param name="origin">Where the VM is.</param>
    /// <param name="disk">Its file's name begins with the datastore's, in brackets.</param>
    /// <param name="target">Where they go: the link has that address as its name.</param>
    public static IEnumerable<ThrottleKey> Of(CopyOrigin origin, PlannedDisk disk, string target)
    {
        foreach (var host in origin.Hosts)
        {
            yield return new ThrottleKey(ThrottleScope.SourceHost, host);
        }
        if (DatastoreOf(disk) is { } datastore)
        {
            yield return new ThrottleKey(ThrottleScope.Datastore, datastore);
        }
        yield return new ThrottleKey(ThrottleScope.Link, target);
    }

    /// <summary>What its latency is asked for by; null for a disk that is on no datastore of a server.</summary>
    public static WatchedDatastore? Watched(Source source, CopyOrigin origin, PlannedDisk disk) =>
        DatastoreOf(disk) is { } name && disk.DatastoreKey is { } key ? new WatchedDatastore(source, origin.Hosts, name, key) : null;

    private static string? DatastoreOf(PlannedDisk disk) =>
        disk.LocalFile is null && disk.FileName.StartsWith('[') && disk.FileName.IndexOf(']') is > 1 and var end ? disk.FileName[1..end] : null;
}
