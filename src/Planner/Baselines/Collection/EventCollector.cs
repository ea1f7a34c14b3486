using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>
/// Fetches what happened to watched VMs: for all of a source together, from where the last poll ended. It goes by spans of a day and stores
/// each with how far it came, so that a poll that is cut off goes on there.
/// </summary>
internal static class EventCollector
{
    /// <summary>No figures are made of older samples, so older events disturb none; and a vCenter deletes them after 30 days.</summary>
    public static readonly TimeSpan Furthest = CollectedBaselines.DefaultWindow;

    /// <summary>What happened to a VM whose collection begins: its samples go back this far, too.</summary>
    private static readonly TimeSpan First = TimeSpan.FromHours(1);

    private static readonly TimeSpan Span = TimeSpan.FromDays(1);

    /// <summary>What has not been read by then is left to the next poll: samples fade in an hour, events do not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Returns how many queries were made. What may not be read is a reason not to trust (<paramref name="problems"/>), no failure.</summary>
    public static async Task<int> CollectAsync(
        MigrateDb db, Guid sourceId, IReadOnlyCollection<BaselineWatch> watches, VSphereSession session, DateTime clock, TimeProvider time, List<string> problems, CancellationToken cancellationToken)
    {
        // Hosts report events to vCenter late, as they do samples: the last minutes are asked for again.
        var from = watches.Min(w => w.EventsUntil is { } until && until > clock - Furthest ? until - BaselineCollector.Overlap : clock - (w.EventsUntil is null ? First : Furthest));
        var watched = watches.Select(w => w.VmKey).ToHashSet(StringComparer.Ordinal);
        var (calls, began) = (0, time.GetTimestamp());
        try
        {
            do
            {
                var to = from + Span < clock ? from + Span : clock;
                var (found, queries) = await session.ReadDisturbancesAsync(from, to, cancellationToken);
                calls += queries;
                await AddAsync(db, sourceId, [.. found.Where(d => watched.Contains(d.VmKey))], from, cancellationToken);
                foreach (var watch in watches.Where(w => w.EventsUntil is null || w.EventsUntil < to))
                {
                    watch.EventsUntil = to;
                }

                await db.SaveChangesAsync(cancellationToken);
                from = to;
            }
            while (from < clock && time.GetElapsedTime(began) < Patience);
        }
        catch (VSphereFault fault) when (!fault.IsTransient)
        {
            problems.Add($"events: {fault.Message}");
        }

        return Math.Max(1, calls);
    }

    private static async Task AddAsync(MigrateDb db, Guid sourceId, IReadOnlyList<Disturbance> found, DateTime from, CancellationToken cancellationToken)
    {
        if (found.Count == 0)
        {
            return;
        }

        var known = (await db.BaselineEvents.Where(e => e.SourceId == sourceId && e.At >= from).Select(e => new { e.VmKey, e.EventKey }).ToListAsync(cancellationToken))
            .Select(e => (e.VmKey, e.EventKey)).ToHashSet();
        db.BaselineEvents.AddRange(found.Where(d => !known.Contains((d.VmKey, d.Key))).Select(d => new BaselineEvent
        {
            SourceId = sourceId,
            VmKey = d.VmKey,
            EventKey = d.Key,
            At = d.At,
            Kind = d.Kind.ToString(),
            Message = d.Message,
        }));
    }
}
