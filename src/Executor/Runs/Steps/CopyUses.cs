using Migrate.Executor.Copy.Throttle;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs.Steps;

/// <summary>What the copy of one disk shares with others, by the names under which an operator limits it.</summary>
internal static class CopyUses
{
    /// <param name="source">Name or address of the vCenter or host that gives the bytes, or the name of a source of files.</param>
    /// <param name="disk">Its file's name begins with the datastore's, in brackets.</param>
    /// <param name="target">Where they go: the link has that address as its name.</param>
    public static IEnumerable<ThrottleKey> Of(string source, PlannedDisk disk, string target)
    {
        yield return new ThrottleKey(ThrottleScope.SourceHost, source);
        if (disk.LocalFile is null && disk.FileName.StartsWith('[') && disk.FileName.IndexOf(']') is > 1 and var end)
        {
            yield return new ThrottleKey(ThrottleScope.Datastore, disk.FileName[1..end]);
        }
        yield return new ThrottleKey(ThrottleScope.Link, target);
    }
}
