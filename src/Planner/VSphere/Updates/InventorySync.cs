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
    private VSphereSession? _session;
    private SourceWatch? _watch;

    /// <summary>Stores what is at the source now as its next version.</summary>
    /// <exception cref="MigrateException">Those of opening a session and of <see cref="InventoryStore"/>; source.unreachable and source.busy after several attempts.</exception>
    public async Task<InventoryVersion> SyncAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
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

    public async ValueTask DisposeAsync()
    {
        await ForgetAsync();
        _one.Dispose();
    }

    private async Task<InventoryVersion> OnceAsync(Dictionary<string, SeenVm> read, CancellationToken cancellationToken)
    {
        _session ??= await open(cancellationToken);
        _watch ??= new SourceWatch(_session);
        var stored = await store.FingerprintsAsync(sourceId, cancellationToken);
        await _watch.RefreshAsync(cancellationToken);
        var surroundings = await Surroundings.ReadAsync(_watch, cancellationToken);
        var fingerprints = _watch.Vms.ToDictionary(v => v.Key.Value, v => ContentHash.Of($"{Mapping}\n{v.Value.Hash}\n{surroundings.Around(v.Value)}"), StringComparer.Ordinal);
        var unchanged = fingerprints.Where(f => stored.Vms.GetValueOrDefault(f.Key) == f.Value).Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
        var details = new StorageDetails(_session);
        var rest = await details.AddAsync(
            await new InventoryReader(_watch).WithoutVmsAsync(surroundings, _watch.Hosts.Select(h => h.Host).OfType<EsxHost>(), cancellationToken), cancellationToken);
        var changed = _watch.Vms.Keys
            .Where(v => !unchanged.Contains(v.Value) && !(read.TryGetValue(v.Value, out var before) && before.Fingerprint == fingerprints[v.Value])).ToList();
        var policies = new List<string>();
        foreach (var page in changed.Chunk(PageSize))
        {
            var contents = await _watch.ReadVmsAsync(page, cancellationToken);
            await TakeAsync(contents, surroundings, vms => details.PoliciesAsync(vms, rest.Datastores, policies, cancellationToken), fingerprints, read);
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
                    .Concat(privileges.Lines()).Concat(policies)
                    .Concat(_watch.UnknownTypes.Keys.Select(InventoryReader.UnknownType)).Concat(Lasting(stored.Gaps)).Concat(rest.Gaps)
                    .Distinct().Order(StringComparer.Ordinal),
            ],
            Rows = seen.Select(s => s.Row).OfType<InventoryObject>().Concat(InventoryRows.Of(sourceId, rest)),
            UnchangedVms = unchanged,
            Against = stored.Version,
        }, cancellationToken);
        LogSynchronised(logger, _session.Endpoint.Url.Host, version.Number, fingerprints.Count, fingerprints.Count - unchanged.Count);
        return version;
    }

    private async Task TakeAsync(
        List<ObjectContent> contents, Surroundings surroundings, Func<IReadOnlyList<Vm>, Task<IReadOnlyList<Vm>>> withPolicies,
        Dictionary<string, string> fingerprints, Dictionary<string, SeenVm> read)
    {
        var unmapped = new Dictionary<string, string>(StringComparer.Ordinal);
        var mapped = new List<Vm>();
        foreach (var properties in contents.Select(c => new ObjectProperties(c)))
        {
            var gaps = new List<string>();
            mapped.AddRange(InventoryReader.Mapped([properties], surroundings.Vm, gaps));
            if (gaps.Count > 0)
            {
                unmapped[properties.Key] = gaps[0];
            }
        }

        var vms = (await withPolicies(mapped)).ToDictionary(v => v.Key, StringComparer.Ordinal);
        foreach (var properties in contents.Select(c => new ObjectProperties(c)))
        {
            read[properties.Key] = SeenVm.Of(
                sourceId, properties, vms.GetValueOrDefault(properties.Key), unmapped.GetValueOrDefault(properties.Key), fingerprints[properties.Key]);
        }
    }

    /// <summary>Gaps that belong to the server and the build, and are told by whatever object is read first.</summary>
    private static IEnumerable<string> Lasting(IEnumerable<string> gaps) => gaps.Where(g =>
        g.EndsWith(PropertyReader.NotAtThisServer, StringComparison.Ordinal) || g.EndsWith(Unfamiliar.KeptAsItCame, StringComparison.Ordinal) || g.EndsWith(InventoryReader.UnknownTypes, StringComparison.Ordinal));

    /// <summary>Everything that the old session had is gone with it.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var old = _session;
        _watch = null;
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
        var old = _session;
        (_session, _watch) = (null, null);
        if (old is not null)
        {
            await old.DisposeAsync();
        }
    }
}
