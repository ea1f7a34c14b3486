using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Reads, for all VMs of a source at once or for one, the events that disturb storage figures.</summary>
internal sealed class DisturbanceReader(VSphereSession session)
{
    /// <summary>What QueryEvents gives at most; an answer of that size may be cut off.</summary>
    private const int PageSize = 1000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    private static readonly string[] Types = ["TaskEvent", "VmMigratedEvent", "DrsVmMigratedEvent", "VmRelocatedEvent"];

    /// <summary>
    /// Words of a task's descriptionId ("VirtualMachine.createSnapshot"), the more telling first. A move's task is not among them: the same
    /// "VirtualMachine.relocate" moves a VM to another host or its disks to other storage, and only the event at its end tells which.
    /// </summary>
    private static readonly (string Word, DisturbanceKind Kind)[] Tasks =
    [
        ("createSnapshot", DisturbanceKind.SnapshotTaken),
        ("removeAllSnapshots", DisturbanceKind.SnapshotRemoved),
        ("Snapshot.remove", DisturbanceKind.SnapshotRemoved),
        ("consolidateDisks", DisturbanceKind.SnapshotRemoved),
        (".clone", DisturbanceKind.Cloned),
    ];

    /// <summary>
    /// Events of (from, to]. Their order is the server's affair and an answer is limited, so a span whose answer is full is asked for
    /// again in halves. The second value is how many queries that took.
    /// </summary>
    public async Task<(IReadOnlyList<Disturbance> Found, int Queries)> ReadAsync(DateTime from, DateTime to, string? vmKey, CancellationToken cancellationToken)
    {
        var found = new Dictionary<int, Disturbance>();
        var spans = new Stack<(DateTime From, DateTime To)>([(from, to)]);
        var queries = 0;
        while (spans.TryPop(out var span))
        {
            queries++;
            var events = await QueryAsync(span.From, span.To, vmKey, cancellationToken);
            if (events.Length >= PageSize && span.To - span.From > Shortest)
            {
                var middle = span.From + ((span.To - span.From) / 2);
                spans.Push((middle, span.To));
                spans.Push((span.From, middle));
                continue;
            }

            foreach (var disturbance in events.Select(Read).OfType<Disturbance>().Where(d => d.At > from && d.At <= to))
            {
                found[disturbance.Key] = disturbance;
            }
        }

        return ([.. found.Values.OrderBy(d => d.At).ThenBy(d => d.Key)], queries);
    }

    private async Task<Event[]> QueryAsync(DateTime from, DateTime to, string? vmKey, CancellationToken cancellationToken) => (await session.CallAsync(
        new QueryEventsRequest
        {
            This = session.Content.EventManager,
            Filter = new EventFilterSpec
            {
                Entity = vmKey is null
                    ? new EventFilterSpecByEntity { Entity = session.Content.RootFolder, Recursion = "all" }
                    : new EventFilterSpecByEntity { Entity = new ManagedObjectReference("VirtualMachine", vmKey), Recursion = "self" },
                Time = new EventFilterSpecByTime { BeginTime = from, EndTime = to },
                EventTypeId = Types,
            },
        }, cancellationToken)).Value ?? [];

    private static Disturbance? Read(Event e)
    {
        DisturbanceKind? kind = e switch
        {
            TaskEvent task => KindOf(task.Info?.DescriptionId),
            VmRelocatedEvent moved => KindOf(e, moved.SourceHost, moved.SourceDatastore, DisturbanceKind.StorageMoved),
            VmMigratedEvent moved => KindOf(e, moved.SourceHost, moved.SourceDatastore, DisturbanceKind.HostMoved),
            _ => null,
        };
        var vm = e.Vm?.Vm?.Value ?? ((e as TaskEvent)?.Info?.Entity is { Type: "VirtualMachine" } entity ? entity.Value : null);
        return kind is null || vm is null ? null : new Disturbance(e.Key, vm, e.CreatedTime.ToUniversalTime(), kind.Value, e.FullFormattedMessage ?? "");
    }

    /// <summary>
    /// What a move moved. Its event's name does not tell: moves of storage under a running VM come as VmMigratedEvent, and moves of a VM that is
    /// off come as VmRelocatedEvent. Both name where the VM's home was, and as events of the VM where it is. A move that changed neither host
    /// nor home moved single disks. Only where an event leaves that out (<paramref name="otherwise"/>) its name is all there is.
    /// </summary>
    private static DisturbanceKind KindOf(Event e, HostEventArgument? sourceHost, DatastoreEventArgument? source, DisturbanceKind otherwise)
    {
        if (source?.Datastore is not { } before || e.Ds?.Datastore is not { } after)
        {
            return otherwise;
        }

        var stayed = sourceHost?.Host is { } from && e.Host?.Host is { } to && from.Value == to.Value;
        return before.Value != after.Value || stayed ? DisturbanceKind.StorageMoved : DisturbanceKind.HostMoved;
    }

    private static DisturbanceKind? KindOf(string? task) => task is null
        ? null
        : Tasks.Where(x => task.Contains(x.Word, StringComparison.OrdinalIgnoreCase)).Select(x => (DisturbanceKind?)x.Kind).FirstOrDefault();
}
