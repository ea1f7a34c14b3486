using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Copy.Throttle;
using Migrate.Planner;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources;

/// <summary>
/// Reads the latency of datastores that are being copied from and that have a bound: one query for each every 20 s, however many runs read it,
/// in the login that all of a source's sessions share.
/// </summary>
public sealed partial class SourceLatencies(SourceAccess sources, ExecutorOptions options, TimeProvider time, ILogger<SourceLatencies> log) : BackgroundService, ISourceLatency
{
    /// <summary>Copies ask with every read: who has not asked for so long does not want to know.</summary>
    private static readonly TimeSpan Wanted = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid SourceId, string Datastore), Watched> _watched = [];
    private readonly Dictionary<ThrottleKey, DateTimeOffset> _asked = [];
    private readonly Dictionary<Guid, VSphereSession> _sessions = [];

    public LatencySample? Latest(ThrottleKey key)
    {
        lock (_lock)
        {
            _asked[key] = time.GetUtcNow();
            var samples = _watched.Values.Where(x => x.IsMeant(key)).Select(x => x.Sample).OfType<LatencySample>().ToList();
            return samples.Count == 0 ? null : new LatencySample(samples.Max(x => x.Latency), samples.Max(x => x.At));
        }
    }

    public IDisposable Watch(WatchedDatastore datastore)
    {
        var id = (datastore.Source.Id, datastore.Key);
        lock (_lock)
        {
            if (!_watched.TryGetValue(id, out var watched))
            {
                _watched[id] = watched = new Watched(datastore);
            }

            watched.Readers.Add(datastore);
            return new Reader(this, id, datastore);
        }
    }

    /// <summary>One look at each datastore that somebody wants to know of.</summary>
    internal async Task ReadAsync(CancellationToken cancellationToken)
    {
        foreach (var group in Due().GroupBy(x => x.Datastore.Source.Id))
        {
            try
            {
                var session = await SessionAsync(group.First().Datastore, cancellationToken);
                foreach (var watched in group)
                {
                    Note(watched, await session.ReadDatastoreLatencyAsync(watched.Datastore.Key, cancellationToken));
                }
            }
            catch (Exception e) when (e is MigrateException or HttpRequestException)
            {
                LogNotRead(log, group.First().Datastore.Source.Name, e); // Samples that grow old hold nothing back.
                await CloseAsync(group.Key);
            }
        }

        foreach (var sourceId in Unused())
        {
            await CloseAsync(sourceId);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.LatencyGuard.PollEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ReadAsync(stoppingToken);
            }
        }
        finally
        {
            foreach (var sourceId in _sessions.Keys.ToList())
            {
                await CloseAsync(sourceId);
            }
        }
    }

    private List<Watched> Due()
    {
        lock (_lock)
        {
            var since = time.GetUtcNow() - Wanted;
            return [.. _watched.Values.Where(x => _asked.Any(asked => asked.Value > since && x.IsMeant(asked.Key)))];
        }
    }

    private List<Guid> Unused()
    {
        lock (_lock)
        {
            return [.. _sessions.Keys.Except(_watched.Keys.Select(x => x.SourceId))];
        }
    }

    /// <summary>The server's clock need not be right: a sample is as old as the time since it was first seen.</summary>
    private void Note(Watched watched, DatastoreLatency? latency)
    {
        if (latency is not { } found || found.At <= watched.NewestAt)
        {
            return;
        }

        lock (_lock)
        {
            watched.NewestAt = found.At;
            watched.Sample = new LatencySample(found.Latency, time.GetUtcNow());
        }
    }

    private async Task<VSphereSession> SessionAsync(WatchedDatastore datastore, CancellationToken cancellationToken)
    {
        if (!_sessions.TryGetValue(datastore.Source.Id, out var session))
        {
            _sessions[datastore.Source.Id] = session = await sources.OpenAsync(datastore.Source, cancellationToken);
        }

        return session;
    }

    private async Task CloseAsync(Guid sourceId)
    {
        if (_sessions.Remove(sourceId, out var session))
        {
            await session.DisposeAsync();
        }
    }

    private void Leave((Guid, string) id, WatchedDatastore datastore)
    {
        lock (_lock)
        {
            _watched[id].Readers.Remove(datastore);
            if (_watched[id].Readers.Count == 0)
            {
                _watched.Remove(id);
            }
        }
    }

    [LoggerMessage(541, LogLevel.Warning, "The latency of datastores of source {Source} could not be read; copies are not held back by it meanwhile")]
    private static partial void LogNotRead(ILogger logger, string source, Exception exception);

    private sealed class Watched(WatchedDatastore datastore)
    {
        public WatchedDatastore Datastore => datastore;

        /// <summary>Of VMs on several hosts, each for itself.</summary>
        public List<WatchedDatastore> Readers { get; } = [];

        /// <summary>By the server's clock.</summary>
        public DateTime NewestAt { get; set; }

        public LatencySample? Sample { get; set; }

        public bool IsMeant(ThrottleKey key) => key.Scope switch
        {
            ThrottleScope.Datastore => key == key with { Name = datastore.Name },
            ThrottleScope.SourceHost => Readers.Exists(reader => reader.Hosts.Any(host => key == key with { Name = host })),
            _ => false,
        };
    }

    private sealed class Reader(SourceLatencies all, (Guid, string) id, WatchedDatastore datastore) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                all.Leave(id, datastore);
            }
        }
    }
}
