using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Tags;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Reads properties of many objects (ContainerView and PropertyCollector, page by page) or of one.</summary>
internal sealed class PropertyReader(VSphereSession session) : IObjectReader
{
    /// <summary>Large enough that round trips do not matter, small enough that vCenter and we never hold more than a few megabytes.</summary>
    private const int PageSize = 250;

    /// <summary>How a gap ends that every reading of this server has.</summary>
    public const string NotAtThisServer = ": this server's version does not have it";

    private readonly SortedSet<string> _gaps = new(StringComparer.Ordinal);
    private readonly HashSet<(string Type, string Path)> _unknown = [];

    public SourceAbout About => session.About;

    public DateTime TakenAt { get; } = session.Time.GetUtcNow().UtcDateTime;

    public IReadOnlyCollection<string> Gaps => _gaps;

    public IReadOnlyDictionary<string, int> UnknownTypes => session.UnknownTypes;

    /// <summary>All objects of <paramref name="type"/> (and derived types) under the root folder.</summary>
    public async Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var view = await ViewAsync(type, cancellationToken);
        try
        {
            var found = await RetrieveAsync(type, [InView(view)], paths, cancellationToken);
            _gaps.UnionWith(GapsOf(type, found.SelectMany(o => o.MissingSet ?? [], (o, m) => (o.Obj.Value, m))));
            return [.. found.Select(c => new ObjectProperties(c))];
        }
        finally
        {
            await DestroyAsync(view, cancellationToken);
        }
    }

    public async Task<TagMap> ReadTagsAsync(CancellationToken cancellationToken)
    {
        const string about = "tags: ";
        _gaps.RemoveWhere(g => g.StartsWith(about, StringComparison.Ordinal));
        try
        {
            return await new TagReader(session).ReadAsync(cancellationToken);
        }
        catch (MigrateException e) when (!e.IsTransient)
        {
            _gaps.Add($"{about}{e.Message} {e.Remedy}");
            return TagMap.Empty;
        }
    }

    /// <summary>One object; null when it is no longer there.</summary>
    public async Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        (await ReadManyAsync(reference.Type, [reference], paths, cancellationToken)).Select(o => new ObjectProperties(o)).FirstOrDefault();

    /// <summary>Some objects, of a page's number at most; those that are no longer there are left out.</summary>
    public async Task<List<ObjectContent>> ReadManyAsync(
        string type, IReadOnlyList<ManagedObjectReference> references, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            return await RetrieveAsync(type, [.. references.Select(r => new ObjectSpec { Obj = r })], paths, cancellationToken);
        }
        catch (VSphereFault f) when (f.Type == "ManagedObjectNotFound")
        {
            // One that has gone spoils the answer for all: ask in halves.
            return references.Count == 1 ? [] :
            [
                .. await ReadManyAsync(type, [.. references.Take(references.Count / 2)], paths, cancellationToken),
                .. await ReadManyAsync(type, [.. references.Skip(references.Count / 2)], paths, cancellationToken),
            ];
        }
    }

    /// <summary>A view of all objects of the type; it lives as long as the session.</summary>
    public async Task<ManagedObjectReference> ViewAsync(string type, CancellationToken cancellationToken) => (await session.CallAsync(new CreateContainerViewRequest
    {
        This = session.Content.ViewManager,
        Container = session.Content.RootFolder,
        Type = [type],
        Recursive = true,
    }, cancellationToken)).Value;

    /// <summary>What is in the view, and not the view itself.</summary>
    public static ObjectSpec InView(ManagedObjectReference view) => new()
    {
        Obj = view,
        Skip = true,
        SelectSet = [new TraversalSpec { Name = "view", Type = "ContainerView", Path = "view", Skip = false }],
    };

    /// <summary>Asks with the paths that this server knows: one older than a property refuses the whole question over it.</summary>
    public async Task<T> WithKnownPathsAsync<T>(string type, IReadOnlyList<string> paths, Func<IReadOnlyList<string>, Task<T>> ask)
    {
        paths = YoungProperties.Without(type, paths, session.About.ApiVersion);
        while (true)
        {
            IReadOnlyList<string> known = [.. paths.Where(p => !_unknown.Contains((type, p)))];
            try
            {
                return await ask(known);
            }
            catch (VSphereFault f) when (f.Type == "InvalidProperty" && f.Details.TryGetValue("name", out var name) && known.Contains(name))
            {
                _gaps.Add($"{type} {name}{NotAtThisServer}");
                _unknown.Add((type, name));
            }
        }
    }

    /// <summary>Some servers answer an ended session with objects whose every property is missing.</summary>
    public static void RefuseEnded(IEnumerable<MissingProperty> missing, VSphereSession session)
    {
        if (missing.Any(m => m.Fault?.Fault is NotAuthenticated))
        {
            throw VSphereFault.Of("NotAuthenticated", session.Endpoint.Url.Host, "the session has ended");
        }
    }

    /// <summary>Properties that the server did not give, as lines: one for each path and fault, with some of the objects.</summary>
    public static IEnumerable<string> GapsOf(string type, IEnumerable<(string Key, MissingProperty Property)> missing)
    {
        foreach (var same in missing.GroupBy(m => (m.Property.Path, Fault: m.Property.Fault?.Fault?.GetType().Name ?? "fault")))
        {
            var keys = same.Select(m => m.Key).Distinct().ToList();
            var shown = string.Join(", ", keys.Take(5)) + (keys.Count > 5 ? $" and {keys.Count - 5} more" : "");
            yield return $"{type} {same.Key.Path}: {same.Key.Fault} on {shown}";
        }
    }

    private Task<List<ObjectContent>> RetrieveAsync(string type, ObjectSpec[] objects, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        WithKnownPathsAsync(type, paths, known => PagesAsync(type, objects, known, cancellationToken));

    private async Task<List<ObjectContent>> PagesAsync(string type, ObjectSpec[] objects, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var collector = session.Content.PropertyCollector;
        var page = (await session.CallAsync(new RetrievePropertiesExRequest
        {
            This = collector,
            SpecSet = [new PropertyFilterSpec { PropSet = [new PropertySpec { Type = type, PathSet = [.. paths] }], ObjectSet = objects }],
            Options = new RetrieveOptions { MaxObjects = PageSize },
        }, cancellationToken)).Value;
        var found = new List<ObjectContent>();
        while (page is not null)
        {
            var named = (page.Objects ?? []).Where(o => o?.Obj is { Value.Length: > 0 }).ToList();
            if (named.Count < page.Objects?.Length)
            {
                _gaps.Add($"{type}: the server gave an object without saying which one it is");
            }

            found.AddRange(named);
            page = string.IsNullOrEmpty(page.Token)
                ? null
                : (await session.CallAsync(new ContinueRetrievePropertiesExRequest { This = collector, Token = page.Token }, cancellationToken)).Value;
        }

        RefuseEnded(found.SelectMany(o => o.MissingSet ?? []), session);
        return found;
    }

    private async Task DestroyAsync(ManagedObjectReference view, CancellationToken cancellationToken)
    {
        try
        {
            await session.CallAsync(new DestroyViewRequest { This = view }, cancellationToken);
        }
        catch (VSphereFault f) when (f.Type == "ManagedObjectNotFound")
        {
            // Views end with the session; a renewed session has nothing to destroy.
        }
    }
}
