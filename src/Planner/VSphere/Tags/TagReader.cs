using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere.Tags;

/// <summary>Reads which object has which tag: a call for every hundred tags, and one for each tag and category that is in use.</summary>
internal sealed class TagReader(VSphereSession session)
{
    private const int Batch = 100;
    private const int AtOnce = 4;

    /// <exception cref="MigrateException">source.tags-unreadable; source.busy and source.unreachable, which pass.</exception>
    public async Task<TagMap> ReadAsync(CancellationToken cancellationToken)
    {
        if (!session.IsVcenter)
        {
            return TagMap.Empty;
        }

        await using var service = await TagService.OpenAsync(session.Control, session.Endpoint, cancellationToken);
        if (service is null)
        {
            return TagMap.Empty;
        }

        try
        {
            var attached = new List<(string TagId, string Key)>();
            foreach (var batch in (await service.TagIdsAsync(cancellationToken)).Chunk(Batch))
            {
                attached.AddRange(await service.AttachedAsync(batch, cancellationToken));
            }

            var tags = await ForEachAsync(attached.Select(a => a.TagId), id => service.TagAsync(id, cancellationToken), cancellationToken);
            var categories = await ForEachAsync(tags.Values.OfType<(string Name, string CategoryId)>().Select(t => t.CategoryId), id => service.CategoryAsync(id, cancellationToken), cancellationToken);
            return new TagMap(
                from a in attached
                let tag = tags[a.TagId]
                where tag is not null
                select (a.Key, new Tag(categories[tag.Value.CategoryId] ?? "", tag.Value.Name)));
        }
        catch (Exception e) when (e is InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new MigrateException("source.tags-unreadable", $"the tagging service of {session.Endpoint.Url.Host} gave an answer of another shape than vCenter's.",
                "Tell the product and version of the source; the answer's shape is new to this program.", e);
        }
    }

    private static async Task<Dictionary<string, T>> ForEachAsync<T>(IEnumerable<string> ids, Func<string, Task<T>> read, CancellationToken cancellationToken)
    {
        var result = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(AtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var values = await Task.WhenAll(some.Select(read));
            foreach (var (id, value) in some.Zip(values))
            {
                result[id] = value;
            }
        }

        return result;
    }
}
