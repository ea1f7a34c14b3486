using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>
/// All objects of one type, kept as they are by the server's own updates: a filter in the session, and a version that says what of it
/// we have seen. Of each object only what <paramref name="keep"/> makes of its properties is held. An object of which anything changed is
/// read again whole, so that no change has to be understood by its path.
/// </summary>
/// <param name="pageSize">Objects in one answer: bounds what is held at once, here and there.</param>
internal sealed class ObjectWatch<T>(VSphereSession session, PropertyReader reader, string type, IReadOnlyList<string> paths, int pageSize, Func<ObjectContent, T> keep)
    : IWatch
{
    private readonly Dictionary<ManagedObjectReference, T> _objects = [];
    private readonly Dictionary<ManagedObjectReference, MissingProperty[]> _missing = [];
    private ManagedObjectReference? _collector;
    private ManagedObjectReference? _view;
    private string _version = "";

    public IReadOnlyDictionary<ManagedObjectReference, T> Objects => _objects;

    /// <summary>What could not be read of the objects that are there now, one line each.</summary>
    public IEnumerable<string> Gaps => PropertyReader.GapsOf(type, _missing.SelectMany(m => m.Value, (m, missing) => (m.Key.Value, missing)));

    /// <summary>Takes in everything that has changed at the server since the last time; the first time, everything.</summary>
    public async Task UpdateAsync(CancellationToken cancellationToken)
    {
        _collector ??= await StartAsync(cancellationToken);
        var modified = new HashSet<ManagedObjectReference>();
        while (true)
        {
            var set = (await session.CallAsync(new WaitForUpdatesExRequest
            {
                This = _collector,
                Version = _version,
                Options = new WaitOptions { MaxWaitSeconds = 0, MaxObjectUpdates = pageSize },
            }, cancellationToken)).Value;
            if (set is null)
            {
                break;
            }

            _version = set.Version;
            foreach (var update in (set.FilterSet ?? []).SelectMany(f => f.ObjectSet ?? []))
            {
                Take(update, modified);
            }

            foreach (var gone in (set.FilterSet ?? []).SelectMany(f => f.MissingSet ?? []))
            {
                Forget(gone.Obj, modified);
            }

            if (set.Truncated != true)
            {
                break;
            }
        }

        foreach (var batch in modified.Chunk(pageSize))
        {
            foreach (var content in await reader.ReadManyAsync(type, batch, paths, cancellationToken))
            {
                Keep(content);
            }
        }
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_collector is not null)
        {
            await session.CallAsync(new DestroyPropertyCollectorRequest { This = _collector }, cancellationToken);
        }

        if (_view is not null)
        {
            await session.CallAsync(new DestroyViewRequest { This = _view }, cancellationToken);
        }
    }

    private async Task<ManagedObjectReference> StartAsync(CancellationToken cancellationToken)
    {
        var collector = (await session.CallAsync(new CreatePropertyCollectorRequest { This = session.Content.PropertyCollector }, cancellationToken)).Value;
        var view = _view = await reader.ViewAsync(type, cancellationToken);
        await reader.WithKnownPathsAsync(type, paths, known => session.CallAsync(new CreateFilterRequest
        {
            This = collector,
            Spec = new PropertyFilterSpec { PropSet = [new PropertySpec { Type = type, PathSet = [.. known] }], ObjectSet = [PropertyReader.InView(view)] },
            PartialUpdates = true,
        }, cancellationToken));
        return collector;
    }

    private void Take(ObjectUpdate update, HashSet<ManagedObjectReference> modified)
    {
        switch (update.Kind)
        {
            case ObjectUpdateKind.Leave:
                Forget(update.Obj, modified);
                break;
            case ObjectUpdateKind.Enter:
                modified.Remove(update.Obj);
                Keep(new ObjectContent
                {
                    Obj = update.Obj,
                    PropSet = [.. (update.ChangeSet ?? []).Where(c => c.Val is not null).Select(c => new DynamicProperty { Name = c.Name, Val = c.Val })],
                    MissingSet = update.MissingSet,
                });
                break;
            default:
                modified.Add(update.Obj);
                break;
        }
    }

    private void Keep(ObjectContent content)
    {
        _missing.Remove(content.Obj);
        if (content.MissingSet is { Length: > 0 } missing)
        {
            PropertyReader.RefuseEnded(missing, session);
            _missing[content.Obj] = missing;
        }

        _objects[content.Obj] = keep(content);
    }

    private void Forget(ManagedObjectReference reference, HashSet<ManagedObjectReference> modified)
    {
        modified.Remove(reference);
        _objects.Remove(reference);
        _missing.Remove(reference);
    }
}

/// <summary>Something that the server keeps for us until it is told that it may go, or until the session ends.</summary>
internal interface IWatch
{
    /// <summary>Nothing of it is left at the server.</summary>
    Task EndAsync(CancellationToken cancellationToken);
}
