using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Jobs;
using Migrate.Executor.Validation.Causes;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Validation.Observation;

/// <summary>
/// Asks QEMU every 20 s what it has counted of the domains that are observed, for as long as their verdicts need, without a worker of the job engine. What it has
/// learned it stores every five minutes: a process that is killed loses nothing, since QEMU goes on counting, but the last five minutes become one interval.
/// </summary>
public sealed partial class StorageObserver(ObservationStore store, ExecutorOptions options, TimeProvider time, ILogger<StorageObserver> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>Rounds between two storings of one domain; domains take different rounds.</summary>
    internal const int RoundsPerStoring = 15;

    /// <summary>Rounds between two questions for what changes seldom.</summary>
    private const int RoundsPerDeepLook = 3;

    /// <summary>Domains of one host that are asked beside one another: a QEMU that hangs holds up itself, not its neighbours.</summary>
    private const int AtOnceOfAHost = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Guid, WatchedDomain> _watched = new();
    private readonly ConcurrentDictionary<string, Task> _hosts = new();
    private readonly ConcurrentDictionary<string, IDomainMonitor> _monitors = new();
    private int _round;

    internal Func<string, CancellationToken, Task<IDomainMonitor>> Open { get; init; } = async (uri, cancellationToken) => await LibvirtConnection.OpenAsync(uri, time, cancellationToken);

    /// <summary>Has QEMU count for a run from now on.</summary>
    public async Task<StorageObservation> BeginAsync(
        Guid runId, IDomainMonitor monitor, string domain, IReadOnlyList<DomainDisk> disks, TimeSpan firstLook, TimeSpan most, ConsoleFinding? console, CancellationToken cancellationToken,
        StorageSample? sample = null)
    {
        var state = new ObservationState { At = QemuCounters.Now(time), Disks = [.. disks.Select(x => new ObservedDisk(x.DiskKey, x.Label, x.Alias))] };
        var reading = await QemuCounters.ReadAsync(monitor, domain, deep: true, time, cancellationToken);
        if (disks.FirstOrDefault(x => reading.IsOn && !reading.Devices.ContainsKey(x.Alias)) is { } missing)
        {
            throw new MigrateException(
                "latency.no-disk",
                $"QEMU of the domain {domain} knows no device {missing.Alias} ({missing.Label}).",
                "The domain was changed after it was defined; define it again from the run, or observe the disks that it has.");
        }

        return await store.AddAsync(runId, domain, await BeginAsync(monitor, domain, state, reading, cancellationToken), firstLook, most, console, sample, cancellationToken);
    }

    /// <summary>Looks at QEMU now and stores what is known until now.</summary>
    /// <returns>The observation and all of its intervals.</returns>
    public async Task<(StorageObservation Observation, IReadOnlyList<ObservedInterval> Intervals)> StoreNowAsync(Guid runId, IDomainMonitor monitor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await store.TakeAsync(runId, cancellationToken);
            var watched = _watched.GetOrAdd(runId, _ => new WatchedDomain(runId, row.Domain));
            await watched.Gate.WaitAsync(cancellationToken);
            try
            {
                watched.GoOnFrom(row.Version, row.State);
                var copies = await store.CopiesSinceAsync(watched.State.At, cancellationToken);
                await PollAsync(watched, monitor, copies, deep: true, cancellationToken);
                if (!await StoreAsync(watched, cancellationToken))
                {
                    continue; // Another process took it meanwhile: what is not stored is still in QEMU's counters.
                }
            }
            finally
            {
                watched.Gate.Release();
            }

            return ((await store.FindAsync(runId, cancellationToken))!, await store.IntervalsAsync(runId, cancellationToken));
        }
    }

    /// <summary>Whether a round is the one of its <see cref="RoundsPerStoring"/> that stores what is known of a run's domain.</summary>
    internal static bool StoresIn(int round, Guid runId) => (round + (uint)runId.GetHashCode()) % RoundsPerStoring == 0;

    /// <summary>One round: asks all domains that this process has to observe, and waits for those that answer.</summary>
    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        _round++;
        var owned = await store.ClaimAsync(cancellationToken);
        foreach (var runId in _watched.Keys.Except(owned.Select(x => x.RunId)))
        {
            _watched.TryRemove(runId, out _);
        }

        foreach (var uri in _monitors.Keys.Except(owned.Select(x => x.HostUri)))
        {
            await CloseAsync(uri);
        }

        if (owned.Count == 0)
        {
            return;
        }

        await Parallel.ForEachAsync(owned, cancellationToken, async (x, ct) => await LoadAsync(x, ct));
        var copies = await store.CopiesSinceAsync(_watched.Values.Select(x => x.State.At).DefaultIfEmpty(time.GetUtcNow().UtcDateTime).Min(), cancellationToken);
        List<Task> rounds = [];
        foreach (var host in owned.GroupBy(x => x.HostUri))
        {
            if (!_hosts.TryGetValue(host.Key, out var earlier) || earlier.IsCompleted)
            {
                _hosts[host.Key] = Task.Run(() => HostAsync(host.Key, [.. host], copies, cancellationToken), CancellationToken.None);
            }

            rounds.Add(_hosts[host.Key]); // One that is late is left to itself: others are asked in time.
        }

        await Task.WhenAny(Task.WhenAll(rounds), Task.Delay(Interval, time, cancellationToken));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Queues.ContainsKey(JobQueue.Control))
        {
            return; // KVM hosts are the server's.
        }

        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogRoundFailed(log, e); // Mostly the database; QEMU goes on counting.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(x => x.IsCompletedSuccessfully && x.Result, TaskScheduler.Default));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var patience = new CancellationTokenSource(LastWords, time);
        try
        {
            foreach (var watched in _watched.Values)
            {
                await watched.Gate.WaitAsync(patience.Token);
                await StoreAsync(watched, patience.Token);
            }

        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || e is OperationCanceledException)
        {
            LogNotStored(log, e); // The next process has it from QEMU.
        }

        try
        {
            using var leaving = new CancellationTokenSource(LastWords, time);
            await store.LeaveAsync(leaving.Token); // However much was stored: else the next process would wait until nobody can own them any more.
        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || e is OperationCanceledException)
        {
            LogNotStored(log, e);
        }

        foreach (var uri in _monitors.Keys)
        {
            await CloseAsync(uri);
        }
    }

    private async Task LoadAsync(OwnedObservation owned, CancellationToken cancellationToken)
    {
        var watched = _watched.GetOrAdd(owned.RunId, _ => new WatchedDomain(owned.RunId, owned.Domain));
        if (!await watched.Gate.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return; // Its QEMU hangs, or its run stores it just now.
        }

        try
        {
            if (watched.Version != owned.Version && await store.FindAsync(owned.RunId, cancellationToken) is { } row)
            {
                watched.GoOnFrom(row.Version, row.State);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && !DatabaseTrouble.Is(e))
        {
            LogDomainFailed(log, watched.Domain, "observation.damaged", e.Message); // What is stored of it cannot be read; the others can.
        }
        finally
        {
            watched.Gate.Release();
        }
    }

    private async Task HostAsync(string uri, IReadOnlyList<OwnedObservation> domains, IReadOnlyDictionary<Guid, DateTime> copies, CancellationToken cancellationToken)
    {
        try
        {
            if (!_monitors.TryGetValue(uri, out var monitor))
            {
                _monitors[uri] = monitor = await Open(uri, cancellationToken);
            }

            await Parallel.ForEachAsync(domains, new ParallelOptions { MaxDegreeOfParallelism = AtOnceOfAHost, CancellationToken = cancellationToken }, async (x, ct) =>
            {
                try
                {
                    await (_watched.TryGetValue(x.RunId, out var watched) ? DomainAsync(watched, monitor, copies, ct) : Task.CompletedTask).WaitAsync(Patience, time, ct);
                }
                catch (TimeoutException)
                {
                    LogDomainFailed(log, x.Domain, "libvirt.timeout", "It does not answer; it is asked again when it has."); // Its neighbours need not wait for it.
                }
            });
        }
        catch (MigrateException e)
        {
            LogHostFailed(log, uri, e.Code, e.Message);
            await CloseAsync(uri); // The next round opens another connection.
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            LogRoundFailed(log, e);
        }
    }

    private async Task DomainAsync(WatchedDomain watched, IDomainMonitor monitor, IReadOnlyDictionary<Guid, DateTime> copies, CancellationToken cancellationToken)
    {
        if (!await watched.Gate.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return;
        }

        try
        {
            if (watched.Version < 0)
            {
                return; // Stored by somebody else: the next round reads it first.
            }

            var began = await PollAsync(watched, monitor, copies, _round % RoundsPerDeepLook == 0, cancellationToken);
            if (began || StoresIn(_round, watched.RunId))
            {
                await StoreAsync(watched, cancellationToken);
            }
        }
        catch (MigrateException e) when (!e.IsTransient || e.Code == "libvirt.timeout")
        {
            LogDomainFailed(log, watched.Domain, e.Code, e.Message); // Its neighbours are asked all the same.
        }
        catch (Exception e) when (e is InvalidDataException or KeyNotFoundException or InvalidOperationException or System.Text.Json.JsonException or ArgumentException && !DatabaseTrouble.Is(e))
        {
            LogDomainFailed(log, watched.Domain, "observation.not-understood", e.Message);
        }
        finally
        {
            watched.Gate.Release();
        }
    }

    /// <summary>True when counting had to begin anew.</summary>
    private async Task<bool> PollAsync(
        WatchedDomain watched, IDomainMonitor monitor, IReadOnlyDictionary<Guid, DateTime> copies, bool deep, CancellationToken cancellationToken)
    {
        var reading = await QemuCounters.ReadAsync(monitor, watched.Domain, deep, time, cancellationToken);
        var stamp = time.GetTimestamp();
        var marks = copies.Any(x => x.Key != watched.RunId && x.Value > watched.State.At) ? IntervalMarks.BesideCopy : IntervalMarks.None;
        var begins = reading.IsOn && !ObservationStep.Counts(watched.State, reading);
        var (state, interval) = ObservationStep.Next(watched.State, reading, watched.Stamp is { } last ? time.GetElapsedTime(last, stamp) : null, marks);
        if (begins)
        {
            state = await BeginAsync(monitor, watched.Domain, state, reading, cancellationToken);
            stamp = time.GetTimestamp();
        }

        watched.Add(state, interval, stamp);
        return begins;
    }

    private async Task<ObservationState> BeginAsync(IDomainMonitor monitor, string domain, ObservationState state, DomainReading reading, CancellationToken cancellationToken)
    {
        var mark = HistogramGrid.NewMark();
        await QemuCounters.SetAsync(monitor, domain, reading.Devices.Where(x => state.Disks.Any(disk => disk.Alias == x.Key)).Select(x => x.Value), mark, cancellationToken);
        var counting = await QemuCounters.ReadAsync(monitor, domain, deep: false, time, cancellationToken);
        return ObservationStep.Begin(state, counting with { Limits = reading.Limits }, mark);
    }

    private async Task<bool> StoreAsync(WatchedDomain watched, CancellationToken cancellationToken)
    {
        if (!watched.HasNews)
        {
            return true;
        }

        var stored = await store.AppendAsync(watched.RunId, watched.Version, watched.Pending, watched.State, cancellationToken);
        watched.Stored(stored);
        return stored;
    }

    private async Task CloseAsync(string uri)
    {
        if (_monitors.TryRemove(uri, out var monitor))
        {
            await monitor.DisposeAsync();
        }
    }
}
