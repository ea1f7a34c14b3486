using System.Globalization;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// Watches the free space of the datastores that a VM's deltas grow on. A datastore that fills up stops every VM on it, so a pass is given
/// up before that: <see cref="Stopping"/> is cancelled and <see cref="Failure"/> says why.
/// </summary>
internal sealed class SpaceWatch : IAsyncDisposable
{
    private readonly VSphereSession _session;
    private readonly IReadOnlyList<string> _datastores;
    private readonly TrackingOptions _options;
    private readonly string _vm;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ended = new();
    private Task _watch = Task.CompletedTask;

    public SpaceWatch(VSphereSession session, string vm, IEnumerable<string?> datastores, TrackingOptions options) =>
        (_session, _vm, _datastores, _options) = (session, vm, [.. datastores.OfType<string>().Distinct()], options);

    public CancellationToken Stopping => _stopping.Token;

    public MigrateException? Failure { get; private set; }

    /// <exception cref="MigrateException">source.datastore-filling.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var key in _datastores)
        {
            var found = await new PropertyReader(_session).ReadOneAsync(new("Datastore", key), ["summary"], cancellationToken);
            if (found?.Get<DatastoreSummary>("summary") is { } summary && ReserveOf(summary.Capacity) is var reserve && summary.FreeSpace < reserve)
            {
                throw new MigrateException("source.datastore-filling",
                    $"Datastore {summary.Name} has {Gib(summary.FreeSpace)} free; {_vm}'s snapshot grows on it, and {Gib(reserve)} are kept free for the VMs there.",
                    "Make room on the datastore, or move the VM at a time when it writes less; then go on. The snapshot of this pass is removed.")
                { IsTransient = true };
            }
        }
    }

    public void Start() => _watch = WatchAsync();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watch;
        _ended.Dispose();
        _stopping.Dispose();
    }

    private long ReserveOf(long capacityBytes) => Math.Min((long)(capacityBytes * _options.FreeShare), _options.FreeBytesAtMost);

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(_options.SpacePoll, _session.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await LookAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The pass has ended.
        }
        catch (MigrateException e)
        {
            Failure = e;
            await _stopping.CancelAsync();
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await CheckAsync(_ended.Token);
        }
        catch (MigrateException e) when (e.Code != "source.datastore-filling" && e.IsTransient)
        {
            // A server that does not answer for a moment says nothing about space; the next look comes soon.
        }
    }

    private static string Gib(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");
}
