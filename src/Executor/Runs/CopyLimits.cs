namespace Migrate.Executor.Runs;

/// <summary>
/// How many disks are copied at once from each ESXi host, from each datastore and to each destination, by all runs of this process. Whoever
/// wants in takes a place at all of its resources or at none, so nobody waits for somebody who waits for him; and nobody overtakes another
/// who wants the same full resource, so everybody gets his turn.
/// </summary>
public sealed class CopyLimits(CopyLimitOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CopyResource, int> _taken = [];
    private readonly LinkedList<Waiter> _waiting = [];

    /// <summary>Waits for a place at each of the resources; dispose it to leave them.</summary>
    public async Task<IDisposable> EnterAsync(IReadOnlyCollection<CopyResource> resources, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(this, [.. resources.Distinct()]);
        lock (_lock)
        {
            _waiting.AddLast(waiter);
            LetIn();
        }

        await using var registration = cancellationToken.Register(() => GiveUp(waiter, cancellationToken));
        await waiter.Entered.Task;
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
    }

    private void LetIn()
    {
        HashSet<CopyResource> wanted = []; // By those further in front who cannot go yet.
        for (var node = _waiting.First; node is not null;)
        {
            var (waiter, next) = (node.Value, node.Next);
            if (waiter.Resources.All(x => !wanted.Contains(x) && _taken.GetValueOrDefault(x) < options.Of(x.Kind)))
            {
                foreach (var resource in waiter.Resources)
                {
                    _taken[resource] = _taken.GetValueOrDefault(resource) + 1;
                }

                _waiting.Remove(node);
                waiter.Entered.SetResult();
            }
            else
            {
                wanted.UnionWith(waiter.Resources);
            }

            node = next;
        }
    }

    private sealed class Waiter(CopyLimits limits, IReadOnlyList<CopyResource> resources) : IDisposable
    {
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
    Destination,
}

/// <summary>Something that bears only so many copies at once. <paramref name="Key"/>: the host's or datastore's in the source's inventory, the KVM host's id.</summary>
public readonly record struct CopyResource(CopyResourceKind Kind, string Key);

/// <summary>Disks that are copied at once.</summary>
public sealed record CopyLimitOptions
{
    /// <summary>Of one VM.</summary>
    public int PerVm { get; init; } = 4;

    /// <summary>From one ESXi host; its own limit of requests (HostBudget) holds besides.</summary>
    public int PerEsxHost { get; init; } = 8;

    public int PerDatastore { get; init; } = 8;

    public int PerDestination { get; init; } = 16;

    internal int Of(CopyResourceKind kind) => Math.Max(1, kind switch
    {
        CopyResourceKind.EsxHost => PerEsxHost,
        CopyResourceKind.Datastore => PerDatastore,
        _ => PerDestination,
    });
}
