namespace Migrate.Target.Statistics;

/// <summary>
/// The target's statistics: open connections are summed when somebody asks, closed ones are kept as sums, so that no number
/// ever goes down while its namespace or host is known.
/// </summary>
internal sealed class StatisticsBook
{
    /// <summary>Sums of hosts that have gone: workers connect under a new name each time, and must not fill the memory.</summary>
    public const int MostGoneHosts = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<ConnectionStatistics> _open = [];
    private readonly Dictionary<Guid, CommandTotals> _namespaces = [];
    private readonly Dictionary<string, CommandTotals> _hosts = [];
    private readonly LinkedList<string> _gone = new(); // by when their last connection closed

    public ConnectionStatistics Open(string hostNqn)
    {
        var connection = new ConnectionStatistics(hostNqn);
        lock (_gate)
        {
            _open.Add(connection);
            _gone.Remove(hostNqn);
        }

        return connection;
    }

    /// <summary>After the connection's last <see cref="ConnectionStatistics.Record"/>.</summary>
    public void Close(ConnectionStatistics connection)
    {
        lock (_gate)
        {
            if (!_open.Remove(connection))
            {
                return;
            }

            Add(connection, _namespaces, _hosts);
            if (_open.All(c => c.HostNqn != connection.HostNqn))
            {
                _gone.AddLast(connection.HostNqn);
            }

            if (_gone.Count > MostGoneHosts)
            {
                _hosts.Remove(_gone.First!.Value);
                _gone.RemoveFirst();
            }
        }
    }

    public void ForgetNamespace(Guid uuid)
    {
        lock (_gate)
        {
            _namespaces.Remove(uuid);
        }
    }

    /// <summary>Sums per namespace and per host, closed connections included.</summary>
    public (IReadOnlyDictionary<Guid, CommandTotals> Namespaces, IReadOnlyDictionary<string, CommandTotals> Hosts) Read()
    {
        var namespaces = new Dictionary<Guid, CommandTotals>();
        var hosts = new Dictionary<string, CommandTotals>();
        lock (_gate)
        {
            foreach (var (uuid, totals) in _namespaces)
            {
                SumOf(namespaces, uuid).Add(totals);
            }

            foreach (var (host, totals) in _hosts)
            {
                SumOf(hosts, host).Add(totals);
            }

            foreach (var connection in _open)
            {
                Add(connection, namespaces, hosts);
            }
        }

        return (namespaces, hosts);
    }

    private static void Add(ConnectionStatistics connection, Dictionary<Guid, CommandTotals> namespaces, Dictionary<string, CommandTotals> hosts)
    {
        foreach (var counters in connection.Counters)
        {
            if (!counters.Namespace.IsDeleted)
            {
                counters.AddTo(SumOf(namespaces, counters.Namespace.Uuid));
            }

            counters.AddTo(SumOf(hosts, connection.HostNqn));
        }
    }

    private static CommandTotals SumOf<TKey>(Dictionary<TKey, CommandTotals> sums, TKey key)
        where TKey : notnull
    {
        if (!sums.TryGetValue(key, out var sum))
        {
            sums[key] = sum = new CommandTotals();
        }

        return sum;
    }
}
