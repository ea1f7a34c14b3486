using Migrate.Target.Namespaces;

namespace Migrate.Target.Statistics;

/// <summary>What one I/O connection did, per namespace. <see cref="Record"/> is for the thread that owns the connection.</summary>
internal sealed class ConnectionStatistics(string hostNqn)
{
    private readonly Lock _gate = new();
    private volatile CommandCounters?[] _byNsid = [];
    private List<CommandCounters>? _replaced;

    public string HostNqn { get; } = hostNqn;

    /// <param name="one">The namespace that the command was for.</param>
    /// <param name="commandClass">Kind of command.</param>
    /// <param name="bytes">Bytes moved; 0 when the command failed.</param>
    /// <param name="ticks">Ticks of Stopwatch from the whole command's arrival to its answer.</param>
    /// <param name="status">As answered.</param>
    public void Record(Namespace one, CommandClass commandClass, int bytes, long ticks, ushort status)
    {
        var byNsid = _byNsid;
        var counters = one.Nsid < (uint)byNsid.Length ? byNsid[one.Nsid] : null;
        if (counters is null || !ReferenceEquals(counters.Namespace, one))
        {
            counters = Begin(one);
        }

        counters.Record(commandClass, bytes, ticks, status);
    }

    public IReadOnlyList<CommandCounters> Counters
    {
        get
        {
            lock (_gate)
            {
                return [.. _byNsid.OfType<CommandCounters>(), .. _replaced ?? []];
            }
        }
    }

    // Once per namespace that the connection uses: only then memory is taken.
    private CommandCounters Begin(Namespace one)
    {
        var counters = new CommandCounters(one);
        lock (_gate)
        {
            var byNsid = _byNsid;
            if (one.Nsid >= (uint)byNsid.Length)
            {
                Array.Resize(ref byNsid, (int)one.Nsid + 1);
            }

            if (byNsid[one.Nsid] is { } before)
            {
                // The number was given to another namespace; the host's sums still hold what the former one did.
                (_replaced ??= []).Add(before);
            }

            byNsid[one.Nsid] = counters;
            _byNsid = byNsid;
        }

        return counters;
    }
}
