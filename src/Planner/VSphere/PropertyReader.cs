using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Reads properties of many objects (ContainerView and PropertyCollector, page by page) or of one.</summary>
internal sealed class PropertyReader(VSphereSession session) : IObjectReader
{
    /// <summary>Large enough that round trips do not matter, small enough that vCenter and we never hold more than a few megabytes.</summary>
    private const int PageSize = 250;

    private readonly SortedSet<string> _gaps = new(StringComparer.Ordinal);

    public SourceAbout About => session.About;

    public DateTime TakenAt { get; } = session.Time.GetUtcNow().UtcDateTime;

    public IReadOnlyCollection<string> Gaps => _gaps;

    public IReadOnlyDictionary<string, int> UnknownTypes => session.UnknownTypes;

    /// <summary>All objects of <paramref name="type"/> (and derived types) under the root folder.</summary>
    public async Task<List<ObjectProperties>> ReadAllAsync(string type, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var content = session.Content;
        var view = (await session.CallAsync(new CreateContainerViewRequest
        {
            This = content.ViewManager,
            Container = content.RootFolder,
            Type = [type],
            Recursive = true,
        }, cancellationToken)).Value;
        try
        {
            var objects = new ObjectSpec
            {
                Obj = view,
                Skip = true,
                SelectSet = [new TraversalSpec { Name = "view", Type = "ContainerView", Path = "view", Skip = false }],
            };
            return await RetrieveAsync(type, objects, paths, cancellationToken);
        }
        finally
        {
            await DestroyAsync(view, cancellationToken);
        }
    }

    /// <summary>One object; null when it is no longer there.</summary>
    public async Task<ObjectProperties?> ReadOneAsync(ManagedObjectReference reference, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            return (await RetrieveAsync(reference.Type, new ObjectSpec { Obj = reference }, paths, cancellationToken)).FirstOrDefault();
        }
        catch (VSphereFault f) when (f.Type == "ManagedObjectNotFound")
        {
            return null;
        }
    }

    private async Task<List<ObjectProperties>> RetrieveAsync(string type, ObjectSpec objects, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await PagesAsync(type, objects, paths, cancellationToken);
            }
            catch (VSphereFault f) when (f.Type == "InvalidProperty" && f.Details.TryGetValue("name", out var name) && paths.Contains(name))
            {
                // A server older than the property refuses the whole question over it: ask again without.
                _gaps.Add($"{type} {name}: this server's version does not have it");
                paths = [.. paths.Where(p => p != name)];
            }
        }
    }

    private async Task<List<ObjectProperties>> PagesAsync(string type, ObjectSpec objects, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var collector = session.Content.PropertyCollector;
        var page = (await session.CallAsync(new RetrievePropertiesExRequest
        {
            This = collector,
            SpecSet = [new PropertyFilterSpec { PropSet = [new PropertySpec { Type = type, PathSet = [.. paths] }], ObjectSet = [objects] }],
            Options = new RetrieveOptions { MaxObjects = PageSize },
        }, cancellationToken)).Value;
        var found = new List<ObjectProperties>();
        while (page is not null)
        {
            found.AddRange((page.Objects ?? []).Select(o => new ObjectProperties(o)));
            page = string.IsNullOrEmpty(page.Token)
                ? null
                : (await session.CallAsync(new ContinueRetrievePropertiesExRequest { This = collector, Token = page.Token }, cancellationToken)).Value;
        }

        foreach (var missing in found.SelectMany(o => o.Missing, (o, m) => (o.Key, m.Path, Fault: m.Fault?.Fault?.GetType().Name ?? "fault"))
                     .GroupBy(m => (m.Path, m.Fault)))
        {
            if (missing.Key.Fault == "NotAuthenticated")
            {
                // Some servers answer an ended session with objects whose every property is missing.
                throw VSphereFault.Of("NotAuthenticated", session.Endpoint.Url.Host, "the session has ended");
            }

            var keys = missing.Select(m => m.Key).ToList();
            var shown = string.Join(", ", keys.Take(5)) + (keys.Count > 5 ? $" and {keys.Count - 5} more" : "");
            _gaps.Add($"{type} {missing.Key.Path}: {missing.Key.Fault} on {shown}");
        }

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
