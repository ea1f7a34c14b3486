using System.Collections.Concurrent;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs;

/// <summary>Works on a VM's disks at once, as far as the limits have room for more than one.</summary>
internal static class DisksInParallel
{
    /// <summary>Where a copy of the VM's disks weighs: one place at each of these is what a run needs to begin.</summary>
    public static IReadOnlyList<CopyResource> ResourcesOf(RunWork work, Vm vm, IEnumerable<PlannedDisk> disks, string link) =>
    [
        .. vm.HostKey is { } host ? [new CopyResource(CopyResourceKind.EsxHost, $"{work.Source.Id}/{host}")] : Array.Empty<CopyResource>(),
        .. disks.Select(x => x.DatastoreKey).OfType<string>().Distinct().Select(x => new CopyResource(CopyResourceKind.Datastore, $"{work.Source.Id}/{x}")),
        new(CopyResourceKind.Link, link),
        new(CopyResourceKind.Destination, work.KvmHost.Id.ToString()),
    ];

    /// <summary>
    /// The caller has one place already, on which one disk after another is worked on; whenever another place is free, a further disk is begun
    /// beside it. The first failure stops all, and is thrown when they have stopped.
    /// </summary>
    public static async Task ForEachAsync<T>(
        IEnumerable<T> disks, CopyLimits limits, IReadOnlyList<CopyResource> resources, int most, Func<T, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var left = new ConcurrentQueue<T>(disks);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var none = CancellationTokenSource.CreateLinkedTokenSource(failed.Token);
        var helpers = Enumerable.Range(0, Math.Max(0, Math.Min(most, left.Count) - 1)).Select(_ => HelpAsync()).ToList();
        List<Task> all = [WorkAsync(), .. helpers];
        await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // What was only stopped by a failure says nothing of its cause.
        await (all.FirstOrDefault(x => x.IsFaulted) ?? Task.WhenAll(all));

        async Task HelpAsync()
        {
            IDisposable place;
            try
            {
                place = await limits.EnterAsync(resources, none.Token);
            }
            catch (OperationCanceledException) when (!failed.IsCancellationRequested)
            {
                return; // No disk was left before there was room.
            }

            using (place)
            {
                await WorkAsync();
            }
        }

        async Task WorkAsync()
        {
            try
            {
                while (left.TryDequeue(out var disk))
                {
                    await work(disk, failed.Token);
                }

                await none.CancelAsync();
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }
    }
}
