using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.VSphere;

/// <summary>One counter of a VM's disks. <see cref="Instance"/> "*" means all of them.</summary>
internal sealed record MetricAsk(SampleQuery Query, DiskCounter Counter, string Instance, int Weight);

/// <summary>
/// Cuts what is wanted into queries that the server's limit lets through. vCenter counts entities × counters × instances, so each
/// ask weighs as many metrics as the VM has disks. The order stays, so that a VM's counters are mostly asked for together.
/// </summary>
internal sealed class MetricQueue(IEnumerable<SampleQuery> queries, IReadOnlyCollection<DiskCounter> counters)
{
    private readonly LinkedList<MetricAsk> _waiting = new(queries.SelectMany(_ => counters, Ask));

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>As many as fit into <paramref name="limit"/>; at least one, which the server may still refuse.</summary>
    public List<MetricAsk> Take(int limit)
    {
        var taken = new List<MetricAsk>();
        var weight = 0;
        while (_waiting.First is { } first && (taken.Count == 0 || weight + first.Value.Weight <= limit))
        {
            _waiting.RemoveFirst();
            if (first.Value.Weight > limit && Split(first.Value) is { Count: > 1 } parts)
            {
                Return(parts);
                continue;
            }

            taken.Add(first.Value);
            weight += first.Value.Weight;
        }

        return taken;
    }

    public void Return(IReadOnlyList<MetricAsk> asks)
    {
        foreach (var ask in asks.Reverse())
        {
            _waiting.AddFirst(ask);
        }
    }

    public void Drop(string vmKey)
    {
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Query.VmKey == vmKey)
            {
                _waiting.Remove(node);
            }

            node = next;
        }
    }

    private static MetricAsk Ask(SampleQuery query, DiskCounter counter) => query.Instances is null
        ? new MetricAsk(query, counter, "*", Math.Max(1, query.DiskCount))
        : new MetricAsk(query, counter, "", query.Instances.Count);

    /// <summary>Disk by disk, when their names are known.</summary>
    private static IReadOnlyList<MetricAsk> Split(MetricAsk ask) => ask.Instance.Length == 0
        ? [.. ask.Query.Instances!.Select(instance => ask with { Instance = instance, Weight = 1 })]
        : [ask];
}
