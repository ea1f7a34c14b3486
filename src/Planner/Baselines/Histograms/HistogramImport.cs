using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines.Histograms;

/// <summary>Takes histograms that were measured elsewhere into a VM's baseline. The same file for the same disk is taken once; again, it may say when it was counted.</summary>
public sealed class HistogramImport(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    public const string VscsiStatsOrigin = "vscsiStats";
    public const string FioOrigin = "fio";

    /// <param name="disk">Label, key or instance of the disk; may be null where the file or the VM leaves one choice only.</param>
    /// <param name="handle">vscsiStats' handle, where a file holds several disks.</param>
    /// <param name="countedFrom">When vscsiStats began to count, UTC; null: nobody knows, and then its histogram decides nothing of a verdict.</param>
    /// <param name="countedTo">When it was read, UTC.</param>
    /// <exception cref="MigrateException">baseline.import-unknown, baseline.import-damaged, baseline.disk-unknown, baseline.disk-ambiguous, baseline.span-wrong.</exception>
    public async Task<DiskHistograms> ImportAsync(
        Guid sourceId, Vm vm, string origin, string content, string? disk, long? handle, DateTime? countedFrom, DateTime? countedTo, CancellationToken cancellationToken)
    {
        var counted = CountedSpan.Of(countedFrom, countedTo, time.GetUtcNow().UtcDateTime);
        var (histograms, instance) = origin switch
        {
            VscsiStatsOrigin => OfVscsiStats(content, disk, handle),
            FioOrigin => (FioResult.Parse(content), null),
            _ => throw new MigrateException("baseline.import-unknown", $"There is no kind of import '{origin}'.", $"Use {VscsiStatsOrigin} or {FioOrigin}."),
        };
        var target = DiskOf(vm, disk ?? instance);
        var made = new DiskHistograms(target.Key, origin, time.GetUtcNow().UtcDateTime, histograms, counted);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{handle}/{content}")));
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var known = await db.ImportedHistograms.SingleOrDefaultAsync(h => h.SourceId == sourceId && h.VmKey == vm.Key && h.DiskKey == target.Key && h.ContentHash == hash, cancellationToken);
        if (known is not null)
        {
            if (counted is null)
            {
                return made with { ImportedAt = known.ImportedAt, Counted = known.Counted };
            }

            (known.CountedFrom, known.CountedTo) = (counted.From, counted.To);
            await db.SaveChangesAsync(cancellationToken);
            return made with { ImportedAt = known.ImportedAt };
        }

        db.ImportedHistograms.Add(new ImportedHistograms
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            SourceId = sourceId,
            VmKey = vm.Key,
            DiskKey = target.Key,
            Origin = origin,
            ImportedAt = made.ImportedAt,
            CountedFrom = counted?.From,
            CountedTo = counted?.To,
            ContentHash = hash,
            Body = JsonSerializer.Serialize(histograms, PlannerJson.Default.IReadOnlyListIoHistogram),
        });
        await db.SaveChangesAsync(cancellationToken);
        return made;
    }

    private static (IReadOnlyList<IoHistogram> Histograms, string? Instance) OfVscsiStats(string content, string? disk, long? handle)
    {
        var disks = VscsiStats.Parse(content);
        var chosen = disks.Where(d => handle is null || d.Handle == handle).ToList();
        if (chosen.Count > 1 && disk is not null)
        {
            chosen = [.. chosen.Where(d => string.Equals(d.Instance, disk, StringComparison.OrdinalIgnoreCase))];
        }

        return chosen.Count == 1
            ? (chosen[0].Histograms, chosen[0].Instance)
            : throw new MigrateException(
                "baseline.disk-ambiguous",
                $"The file holds the disks with the handles {string.Join(", ", disks.Select(d => d.Instance is null ? $"{d.Handle}" : $"{d.Handle} ({d.Instance})"))}, and {(chosen.Count == 0 ? "none of them was asked for" : "which one is meant is open")}.",
                "Name one with --handle; vscsiStats -l on the host shows which disk it is.");
    }

    private static VirtualDisk DiskOf(Vm vm, string? name)
    {
        var found = vm.Disks.Where(d => name is null || d.Key.ToString(System.Globalization.CultureInfo.InvariantCulture) == name
            || string.Equals(d.Label, name, StringComparison.OrdinalIgnoreCase) || string.Equals(d.Instance, name, StringComparison.OrdinalIgnoreCase)).ToList();
        var known = string.Join(", ", vm.Disks.Select(d => $"{d.Instance} ({d.Label})"));
        return found.Count switch
        {
            1 => found[0],
            0 => throw new MigrateException("baseline.disk-unknown", $"The VM '{vm.Name}' has no disk '{name}'; it has {known}.", "Name one of them with --disk."),
            _ => throw new MigrateException("baseline.disk-ambiguous", $"The VM '{vm.Name}' has several disks: {known}.", "Name one of them with --disk."),
        };
    }
}
