using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Tags;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>
/// A live source of which every object is watched in one session. What is small is kept whole and given to whoever asks; of VMs a
/// fingerprint is kept, and hosts as the records that are made of them.
/// </summary>
internal sealed class SourceWatch(VSphereSession session) : IObjectReader, IAsyncDisposable
{
    /// <summary>Objects in an answer. A VM's cheap properties take 2 KB; a host's storage can take half a megabyte.</summary>
    private const int Small = 250;
    private const int Large = 10;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly int _logins = session.Logins;
    private readonly Dictionary<string, ObjectWatch<ObjectProperties>> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<string> _current = new(StringComparer.Ordinal);
    private readonly PropertyReader _reader = new(session);

    /// <summary>Its own, since hosts and VMs are read at the same time.</summary>
    private readonly PropertyReader _hostReader = new(session);
    private ObjectWatch<WatchedVm>? _vms;
    private ObjectWatch<HostSeen>? _hosts;

    public SourceAbout About => session.About;

    public DateTime TakenAt { get; private set; }

    public IReadOnlyCollection<string> Gaps =>
        [.. _reader.Gaps.Concat(_hostReader.Gaps).Concat(_kept.Values.SelectMany(k => k.Gaps)).Concat(_hosts?.Gaps ?? []).Distinct().Order(StringComparer.Ordinal)];

    public IReadOnlyDictionary<string, int> UnknownTypes => session.UnknownTypes;

    public IReadOnlyDictionary<ManagedObjectReference, WatchedVm> Vms => _vms?.Objects ?? new Dictionary<ManagedObjectReference, WatchedVm>();

    public IEnumerable<HostSeen> Hosts => _hosts?.Objects.Values ?? [];

    /// <summary>From here on everything is told as it is now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        TakenAt = session.Time.GetUtcNow().UtcDateTime;
        _current.Clear();
        _hosts ??= new(session, _hostReader, "HostSystem", HostMapping.Paths, Large, HostSeen.Of);
        _vms ??= new(session, _reader, "VirtualMachine", WatchedVm.Paths, Small, WatchedVm.Of);
        // The server makes one answer while we take in the other.
        await Task.WhenAll(_hosts.UpdateAsync(cancellationToken), _vms.UpdateAsync(cancellationToken));
    }

    /// <summary>
    /// Others go on using the login, so what the server keeps for this watch has to be taken back; what cannot be ends with the session.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit, session.Time);
        foreach (var watch in _kept.Values.Append<IWatch?>(_hosts).Append(_vms).OfType<IWatch>().TakeWhile(_ => session.Logins == _logins))
        {
            try
            {
                await watch.EndAsync(limit.Token);
            }
            catch (Exception e) when (e is MigrateException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>Watches the type from the first question on; asked again before the next refresh, it gives the same objects.</summary>
    public async Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var question = type + " " + string.Join(' ', paths);
        if (!_kept.TryGetValue(question, out var watch))
        {
            _kept[question] = watch = new(session, _reader, type, paths, Small, content => new ObjectProperties(content));
        }

        if (_current.Add(question))
        {
            await watch.UpdateAsync(cancellationToken);
        }

        return [.. watch.Objects.Values];
    }

    public Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _reader.ReadOneAsync(reference, paths, cancellationToken);

    public Task<TagMap> ReadTagsAsync(CancellationToken cancellationToken) => _reader.ReadTagsAsync(cancellationToken);

    public Task<List<ObjectContent>> ReadVmsAsync(IReadOnlyList<ManagedObjectReference> vms, CancellationToken cancellationToken) =>
        _reader.ReadManyAsync("VirtualMachine", vms, VmMapping.Paths, cancellationToken);
}

/// <summary>A host as its record, or why none could be made of it.</summary>
internal sealed record HostSeen(EsxHost? Host, string? Gap)
{
    public static HostSeen Of(ObjectContent content)
    {
        var gaps = new List<string>();
        return new(InventoryReader.Mapped([new ObjectProperties(content)], HostMapping.Map, gaps).FirstOrDefault(), gaps.FirstOrDefault());
    }
}
