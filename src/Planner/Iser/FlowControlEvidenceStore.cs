using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Iser;

/// <summary>What operators gave as evidence of flow control, host by host, with who and when.</summary>
public sealed class FlowControlEvidenceStore(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    /// <summary>The longest note on a switch.</summary>
    public const int LongestNote = 500;

    /// <summary>Keeps what is given of some hosts, in one transaction; what is not given of a host stays as it was.</summary>
    /// <param name="sourceId">The source that the hosts are of.</param>
    /// <param name="given">By host name; <c>Nics</c> is empty where nothing of them is given, <c>Kind</c> null where nothing is said of the switch.</param>
    /// <param name="by">Who gives it.</param>
    /// <param name="cancellationToken">Nothing is kept when it comes before the end.</param>
    public async Task GiveAsync(
        Guid sourceId, IReadOnlyDictionary<string, (IReadOnlyDictionary<string, FlowControl> Nics, SwitchFlowControl? Kind, string Note)> given, string by,
        CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        List<string> names = [.. given.Keys];
        Dictionary<string, FlowControlStatement> known = await db.FlowControlStatements
            .Where(row => row.SourceId == sourceId && names.Contains(row.HostName)).ToDictionaryAsync(row => row.HostName, cancellationToken);
        DateTime now = time.GetUtcNow().UtcDateTime;
        foreach ((string host, (IReadOnlyDictionary<string, FlowControl> nics, SwitchFlowControl? kind, string note)) in given)
        {
            if (!known.TryGetValue(host, out FlowControlStatement? row))
            {
                row = new FlowControlStatement { SourceId = sourceId, HostName = host };
                db.FlowControlStatements.Add(row);
            }
            if (nics.Count > 0)
            {
                (row.Nics, row.NicsGivenBy, row.NicsGivenAt) = (JsonSerializer.Serialize(nics, PlannerJson.Default.IReadOnlyDictionaryStringFlowControl), by, now);
            }
            if (kind is { } said)
            {
                (row.Switch, row.SwitchNote, row.SwitchGivenBy, row.SwitchGivenAt) = (said.ToString(), note, by, now);
            }
        }
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>All that is kept of a source's hosts, by host name.</summary>
    public async Task<IReadOnlyDictionary<string, HostFlowControl>> LoadAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await LoadAsync(db, sourceId, cancellationToken);
    }

    public static async Task<IReadOnlyDictionary<string, HostFlowControl>> LoadAsync(MigrateDb db, Guid sourceId, CancellationToken cancellationToken) =>
        (await db.FlowControlStatements.AsNoTracking().Where(row => row.SourceId == sourceId).ToListAsync(cancellationToken)).ToDictionary(row => row.HostName, Of);

    private static HostFlowControl Of(FlowControlStatement row) => new(
        row.Nics is null ? HostFlowControl.Unknown.Nics : JsonSerializer.Deserialize(row.Nics, PlannerJson.Default.IReadOnlyDictionaryStringFlowControl)!,
        row.NicsGivenAt is { } nicsAt ? new Testimony(row.NicsGivenBy ?? "", nicsAt) : null,
        row.SwitchGivenAt is { } switchAt && Enum.TryParse(row.Switch, out SwitchFlowControl kind)
            ? new SwitchStatement(kind, row.SwitchNote, new Testimony(row.SwitchGivenBy ?? "", switchAt))
            : null);
}
