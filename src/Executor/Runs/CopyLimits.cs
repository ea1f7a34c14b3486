namespace Migrate.Executor.Runs;

/// <summary>
/// How many disks are copied at once from each ESXi host and datastore, over each link and to each destination, by all runs of this process and of those
/// that share its database. Whoever
/// wants in takes a place at all of its resources or at none, so nobody waits for somebody who waits for him. Who waits for a full resource lets
/// those behind pass to the others, for a while; then a place at these is kept for him, so that everybody gets his turn.
/// </summary>
public sealed class CopyLimits(CopyLimitOptions options, TimeProvider? time = null, SharedPlaces? shared = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CopyResource, int> _taken = [];
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Waits for a place at each of the resources; dispose it to leave them.</summary>
    public async Task<IDisposable> EnterAsync(IReadOnlyCollection<CopyResource> resources, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(this, [.. resources.Distinct()], _time.GetTimestamp());
        lock (_lock)
        {
            _waiting.AddLast(waiter);
            LetIn();
        }

        await using var registration = cancellationToken.Register(() => GiveUp(waiter, cancellationToken));
        await waiter.Entered.Task;
        if (shared is not null)
        {
            try
            {
                await shared.TakeAsync(waiter.Id, waiter.Resources, cancellationToken);
            }
            catch
            {
                waiter.Dispose();
                throw;
            }
        }

        return waiter;
    }

    /// <summary>Disks that are copied at the resource now.</summary>
    public int TakenOf(CopyResource resource)
    {
        lock (_lock)
        {
            return _taken.GetValueOrDefault(resource);
        }
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter))
            {
                waiter.Entered.TrySetCanceled(cancellationToken);
                LetIn(); // Those behind waited for its turn, too.
            }
        }
    }

    private void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Left)
            {
                return;
            }

            waiter.Left = true;
            foreach (var resource in waiter.Resources)
            {
                _taken[resource]--;
            }

            LetIn();
        }

        _ = shared?.LeaveAsync(waiter.Id);
    }

    private void LetIn()
    {
        Dictionary<CopyResource, int> kept = []; // For those further in front who have waited long.
        HashSet<CopyResource> awaited = [];
        for (var node = _waiting.First; node is not null;)
        {
            var (waiter, next) = (node.Value, node.Next);
            var full = waiter.Resources.Where(x => _taken.GetValueOrDefault(x) + kept.GetValueOrDefault(x) >= options.Of(x.Kind)).ToList();
            if (full.Count == 0)
            {
                foreach (var resource in waiter.Resources)
                {
                    _taken[resource] = _taken.GetValueOrDefault(resource) + 1;
                }

                _waiting.Remove(node);
                waiter.Entered.SetResult();
            }
            else if (_time.GetElapsedTime(waiter.Since) >= options.Patience && full.Any(awaited.Add))
            {
                // One for each full resource: when a place there comes free, only one can go in, so more would only stand in the way.
                foreach (var resource in waiter.Resources)
                {
                    kept[resource] = kept.GetValueOrDefault(resource) + 1;
                }
            }

            node = next;
        }
    }

    private sealed class Waiter(CopyLimits limits, IReadOnlyList<CopyResource> resources, long since) : IDisposable
    {
        public Guid Id { get; } = Guid.NewGuid();

        public long Since => since;

        public IReadOnlyList<CopyResource> Resources => resources;

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Left { get; set; }

        public void Dispose() => limits.Leave(this);
    }
}

public enum CopyResourceKind
{
    EsxHost,
    Datastore,
    Link,
    Destination,
}

/// <summary>
/// Something that bears only so many copies at once. <paramref name="Key"/>: the host's or datastore's in the source's inventory, the address
/// that a link leads to, the KVM host's id.
/// </summary>
public readonly record struct CopyResource(CopyResourceKind Kind, string Key);

/// <summary>Disks that are copied at once.</summary>
public sealed record CopyLimitOptions
{
    /// <summary>Of one VM.</summary>
    public int PerVm { get; init; } = 4;

    /// <summary>From one ESXi host; its own limit of requests (HostBudget) holds besides.</summary>
    public int PerEsxHost { get; init; } = 8;

    public int PerDatastore { get; init; } = 8;

    /// <summary>To one address of the target.</summary>
    public int PerLink { get; init; } = 16;

    public int PerDestination { get; init; } = 16;

    /// <summary>How long one who waits for a full resource lets others pass who want only what is free.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    internal int Of(CopyResourceKind kind) => Math.Max(1, kind switch
    {
        CopyResourceKind.EsxHost => PerEsxHost,
        CopyResourceKind.Datastore => PerDatastore,
        CopyResourceKind.Link => PerLink,
        _ => PerDestination,
    });
}
