using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Reads, for all VMs of a source at once or for one, the events that disturb storage figures.</summary>
internal sealed class DisturbanceReader(VSphereSession session)
{
    /// <summary>What QueryEvents gives at most; an answer of that size may be cut off.</summary>
    private const int PageSize = 1000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    private static readonly string[] Types = ["TaskEvent", "VmMigratedEvent", "DrsVmMigratedEvent", "VmRelocatedEvent"];

    /// <summary>Words of a task's descriptionId ("VirtualMachine.createSnapshot"), the more telling first.</summary>
    private static readonly (string Word, DisturbanceKind Kind)[] Tasks =
    [
        ("createSnapshot", DisturbanceKind.SnapshotTaken),
        ("removeAllSnapshots", DisturbanceKind.SnapshotRemoved),
        ("Snapshot.remove", DisturbanceKind.SnapshotRemoved),
        ("consolidateDisks", DisturbanceKind.SnapshotRemoved),
        ("relocate", DisturbanceKind.StorageMoved),
        ("clone", DisturbanceKind.Cloned),
    ];

    /// <summary>
    /// Events of (from, to]. Their order is the server's affair and an answer is limited, so a span whose answer is full is asked for
    /// again in halves.
    /// </summary>
    public async Task<IReadOnlyList<Disturbance>> ReadAsync(DateTime from, DateTime to, string? vmKey, CancellationToken cancellationToken)
    {
        var found = new Dictionary<int, Disturbance>();
        var spans = new Stack<(DateTime From, DateTime To)>([(from, to)]);
        while (spans.TryPop(out var span))
        {
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

        return [.. found.Values.OrderBy(d => d.At).ThenBy(d => d.Key)];
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
            VmRelocatedEvent => DisturbanceKind.StorageMoved,
            VmMigratedEvent => DisturbanceKind.HostMoved,
            _ => null,
        };
        var vm = e.Vm?.Vm?.Value ?? ((e as TaskEvent)?.Info?.Entity is { Type: "VirtualMachine" } entity ? entity.Value : null);
        return kind is null || vm is null ? null : new Disturbance(e.Key, vm, e.CreatedTime.ToUniversalTime(), kind.Value, e.FullFormattedMessage ?? "");
    }

    private static DisturbanceKind? KindOf(string? task) => task is null
        ? null
        : Tasks.Where(x => task.Contains(x.Word, StringComparison.OrdinalIgnoreCase)).Select(x => (DisturbanceKind?)x.Kind).FirstOrDefault();
}
