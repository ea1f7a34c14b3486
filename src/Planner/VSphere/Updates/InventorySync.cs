using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Planner.VSphere.Storage;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>
/// Keeps the inventory of one source up to date. Between two synchronisations it stays logged in and the server remembers what it
/// has told us; a VM is read whole only when its fingerprint differs from the stored one, so a new process reads no more than what
/// changed either. What it stores equals what reading everything would have given, but for facts that move by themselves all day
/// (<see cref="Lasting"/>): of a VM that did not change otherwise these may be as old as its last change.
/// </summary>
public sealed partial class InventorySync(
    Guid sourceId, Func<CancellationToken, Task<VSphereSession>> open, InventoryStore store, TimeProvider time, ILogger<InventorySync> logger) : IAsyncDisposable
{
    /// <summary>VMs that are read in one call.</summary>
    private const int PageSize = 250;

    /// <summary>With waits of 1, 2, 4 … 30 s between them: two minutes, in which a vCenter restarts its service.</summary>
    private const int Attempts = 9;

    /// <summary>Another build may make other records of the same properties.</summary>
    private static readonly string Mapping = typeof(InventorySync).Module.ModuleVersionId.ToString();

    /// <summary>Faults of what was made in a session that has ended meanwhile.</summary>
    private static readonly string[] Ended = ["NotAuthenticated", "ManagedObjectNotFound", "InvalidCollectorVersion", "InvalidArgument"];

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private readonly KnownBindings _bindings = new(time);
    private VSphereSession? _session;
    private SourceWatch? _watch;
    private volatile bool _logInAnew;

    /// <summary>Stores what is at the source now as its next version.</summary>
    /// <exception cref="MigrateException">
    /// Those of opening a session and of <see cref="InventoryStore"/>; source.unreachable and source.busy after several attempts;
    /// source.sync-ended when this object is disposed meanwhile.
    /// </exception>
    public async Task<InventoryVersion> SyncAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
            return await AloneAsync(either.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && (e is ObjectDisposedException || (e is OperationCanceledException && _ended.IsCancellationRequested)))
        {
            throw new MigrateException("source.sync-ended", "The synchronisation was ended: its source is being removed, or the server stops.", "See whether the source is still there, and synchronise again.", e)
            { IsTransient = true };
        }
    }

    /// <summary>The login was changed: from the next synchronisation on the new one is used. One that is under way goes on.</summary>
    public void LogInAnew() => _logInAnew = true;

    /// <summary>Ends a synchronisation that is under way, and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        await _ended.CancelAsync();
        await _one.WaitAsync();
        await ForgetAsync();
        _one.Dispose();
        _ended.Dispose();
    }

    private async Task<InventoryVersion> AloneAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_logInAnew)
            {
                _logInAnew = false;
                await ForgetAsync();
            }

            // What was read before an interruption is not read again after it.
            var read = new Dictionary<string, SeenVm>(StringComparer.Ordinal);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await OnceAsync(read, cancellationToken);
                }
                catch (MigrateException e) when (_session is not null && attempt < Attempts && (e.IsTransient || e is VSphereFault { Type: var type } && Ended.Contains(type)))
                {
                    LogInterrupted(logger, _session.Endpoint.Url.Host, e.Code, e.Message);
                    var wait = e is VSphereFault && !e.IsTransient ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(30, 1 << (attempt - 1)));
                    await Task.Delay(wait, time, cancellationToken);
                    await RenewAsync(cancellationToken);
                }
            }
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<InventoryVersion> OnceAsync(Dictionary<string, SeenVm> read, CancellationToken cancellationToken)
    {
        _session ??= await open(cancellationToken);
        _watch ??= new SourceWatch(_session);
        var stored = await store.FingerprintsAsync(sourceId, cancellationToken);
        if (_bindings.IsEmpty && stored.TakenAt is { } takenAt && time.GetUtcNow().UtcDateTime - takenAt < KnownBindings.Lifetime)
        {
            _bindings.Seed(await store.HostsAsync(sourceId, cancellationToken), takenAt);
        }

        await _watch.RefreshAsync(cancellationToken);
        var surroundings = await Surroundings.ReadAsync(_watch, cancellationToken);
        var details = new StorageDetails(_session, _watch, _bindings);
        var rest = await details.AddAsync(
            await new InventoryReader(_watch).WithoutVmsAsync(surroundings, _watch.Hosts.Select(h => h.Host).OfType<EsxHost>(), cancellationToken), cancellationToken);
        var gaps = new List<string>();
        var policies = await details.PoliciesAsync(rest.Datastores, gaps, cancellationToken);
        var fingerprints = _watch.Vms.ToDictionary(
            v => v.Key.Value, v => ContentHash.Of($"{Mapping}\n{v.Value.Hash}\n{surroundings.Around(v.Value)}\n{policies.TextOf(v.Value.Key)}"), StringComparer.Ordinal);
        var unchanged = fingerprints.Where(f => stored.Vms.GetValueOrDefault(f.Key) == f.Value).Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
        var changed = _watch.Vms.Keys
            .Where(v => !unchanged.Contains(v.Value) && !(read.TryGetValue(v.Value, out var before) && before.Fingerprint == fingerprints[v.Value])).ToList();
        foreach (var page in changed.Chunk(PageSize))
        {
            Take(await _watch.ReadVmsAsync(page, cancellationToken), vm => policies.With(surroundings.Vm(vm)), fingerprints, read);
        }

        var privileges = await new PrivilegeCheck(_session, _watch).RunAsync(cancellationToken);
        var seen = read.Where(r => fingerprints.ContainsKey(r.Key) && !unchanged.Contains(r.Key)).Select(r => r.Value).ToList();
        var version = await store.SaveAsync(sourceId, new InventoryUpdate
        {
            About = rest.About,
            TakenAt = rest.TakenAt,
            Gaps =
            [
                .. _watch.Gaps
                    .Concat(PropertyReader.GapsOf("VirtualMachine", seen.SelectMany(s => s.Missing, (s, m) => (s.Key, m))))
                    .Concat(seen.SelectMany(s => s.Unfamiliar)).Concat(seen.Select(s => s.Gap).Concat(_watch.Hosts.Select(h => h.Gap)).OfType<string>())
                    .Concat(privileges.Lines()).Concat(gaps)
                    .Concat(_watch.UnknownTypes.Keys.Select(InventoryReader.UnknownType)).Concat(Lasting(stored.Gaps)).Concat(rest.Gaps)
                    .Distinct().Order(StringComparer.Ordinal),
            ],
            Rows = seen.Select(s => s.Row).OfType<PackedRow>().Select(r => r.Unpack()).Concat(InventoryRows.Of(sourceId, rest)),
            UnchangedVms = unchanged,
            Against = stored.Version,
        }, cancellationToken);
        LogSynchronised(logger, _session.Endpoint.Url.Host, version.Number, fingerprints.Count, fingerprints.Count - unchanged.Count);
        return version;
    }

    private void Take(List<ObjectContent> contents, Func<ObjectProperties, Vm> map, Dictionary<string, string> fingerprints, Dictionary<string, SeenVm> read)
    {
        foreach (var properties in contents.Select(c => new ObjectProperties(c)))
        {
            var gaps = new List<string>();
            var vm = InventoryReader.Mapped([properties], map, gaps).FirstOrDefault();
            read[properties.Key] = SeenVm.Of(sourceId, properties, vm, gaps.FirstOrDefault(), fingerprints[properties.Key]);
        }
    }

    /// <summary>Gaps that belong to the server and the build, and are told by whatever object is read first.</summary>
    private static IEnumerable<string> Lasting(IEnumerable<string> gaps) => gaps.Where(g =>
        g.EndsWith(PropertyReader.NotAtThisServer, StringComparison.Ordinal) || g.EndsWith(Unfamiliar.KeptAsItCame, StringComparison.Ordinal) || g.EndsWith(InventoryReader.UnknownTypes, StringComparison.Ordinal));

    /// <summary>Everything that the old session had is gone with it.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var old = _session;
        await EndWatchAsync();
        try
        {
            _session = await open(cancellationToken);
        }
        catch (MigrateException e) when (e.IsTransient)
        {
            // The next attempt meets it again, and counts.
            return;
        }

        if (old is not null)
        {
            await old.DisposeAsync();
        }
    }

    private async Task ForgetAsync()
    {
        await EndWatchAsync();
        var old = _session;
        _session = null;
        if (old is not null)
        {
            await old.DisposeAsync();
        }
    }

    private async Task EndWatchAsync()
    {
        var old = _watch;
        _watch = null;
        if (old is not null)
        {
            await old.DisposeAsync();
        }
    }
}
