using System.Xml.Linq;
using Migrate.Executor.Domains;
using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Validation.Causes;

/// <summary>How a domain's definition sets its disks up. Pure.</summary>
internal static class DesignSetup
{
    public static int VirtualCpus(XElement domain) => (int?)domain.Element("vcpu") ?? 0;

    public static IReadOnlyList<DiskSetup> Disks(XElement domain, IReadOnlyList<DomainDisk> disks) => [.. disks.Select(disk =>
    {
        var element = domain.Descendants("disk").FirstOrDefault(x => (string?)x.Element("alias")?.Attribute("name") == disk.Alias);
        var controller = (string?)element?.Element("address")?.Attribute("controller") is { } index
            ? domain.Descendants("controller").FirstOrDefault(x => (string?)x.Attribute("type") == "scsi" && (string?)x.Attribute("index") == index) : null;
        var driver = element?.Element("driver");
        return new DiskSetup(disk.DiskKey, disk.Label, (string?)driver?.Attribute("io"), (int?)driver?.Attribute("queues") ?? (int?)controller?.Element("driver")?.Attribute("queues"));
    })];

    /// <summary>The disks of a running domain, with what was observed of them.</summary>
    /// <param name="running">Its definition now.</param>
    /// <param name="design">As it would be designed on its host.</param>
    /// <param name="disks">Of the design.</param>
    /// <param name="state">What is known after the last interval.</param>
    /// <param name="intervals">All of them.</param>
    public static IReadOnlyList<DiskSetup> Observed(
        XElement running, XElement design, IReadOnlyList<DomainDisk> disks, ObservationState state, IReadOnlyList<ObservedInterval> intervals) =>
        [.. Disks(running, disks).Zip(Disks(design, disks), (now, better) =>
        {
            var index = state.Disks.Index().First(x => x.Item.DiskKey == now.DiskKey).Index;
            var done = intervals.Select(x => x.Disks[index]).OfType<DiskTotals>().ToList();
            return now with
            {
                BetterAio = better.Aio == now.Aio ? null : better.Aio,
                Operations = done.Sum(x => x.Read.Operations + x.Write.Operations),
                ReadUs = Mean(done.Select(x => x.Read)),
                WriteUs = Mean(done.Select(x => x.Write)),
                Discards = done.Sum(x => x.UnmapOperations),
                DiscardedBytes = done.Sum(x => x.UnmapBytes),
                PercentOfLimit = state.Notes.FirstOrDefault(x => x.Kind == NoteKind.Throttled && x.DiskKey == now.DiskKey)?.Amount,
            };
        })];

    private static double? Mean(IEnumerable<DirectionTotals> parts)
    {
        var (operations, nanoseconds) = parts.Aggregate((0L, 0L), (sum, x) => (sum.Item1 + x.Operations, sum.Item2 + x.Nanoseconds));
        return operations == 0 ? null : nanoseconds / 1000.0 / operations;
    }
}
