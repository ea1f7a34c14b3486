using System.Globalization;

namespace Migrate.Executor.Validation.Causes;

/// <summary>What is likely to make storage slow, from what was seen around it: each with its figures. None of it is proof. Pure.</summary>
public static class LatencyCauses
{
    private const double BusyThread = 0.9;
    private const double TargetsShare = 0.5;
    private const double MostRetransmits = 0.001;
    private const int ManyCpus = 4;
    private const double ManyDiscards = 0.1;
    private const long FewestSegments = 1000;

    public static IReadOnlyList<string> Suggest(StorageEvidence seen) =>
    [
        .. seen.IoThreads.Where(x => x.Busy >= BusyThread)
            .Select(x => Say($"The IOThread {x.Id} was busy for {x.Busy * 100:0} % of the time: its disks share one processor. Give them more IOThreads.")),
        .. seen.Disks.SelectMany(disk => Of(disk, seen)),
        .. seen.Tcp is { Out: >= FewestSegments } tcp && tcp.Retransmitted >= MostRetransmits * tcp.Out
            ? (string[])[Say($"The host sent {tcp.Retransmitted} of {tcp.Out} TCP segments again ({100.0 * tcp.Retransmitted / tcp.Out:0.##} %): look for loss on the way to the target.")]
            : [],
    ];

    private static IEnumerable<string> Of(DiskSetup disk, StorageEvidence seen)
    {
        foreach (var (what, guest, target) in new[] { ("read", disk.ReadUs, disk.TargetReadUs), ("write", disk.WriteUs, disk.TargetWriteUs) })
        {
            if (guest > 0 && target >= TargetsShare * guest)
            {
                yield return Say($"{disk.Label}: of {guest:0} µs that a {what} took on average, the target took {target:0} ({100 * target / guest:0} %): its storage is what is slow.");
            }
        }

        if (disk.Queues == 1 && seen.VirtualCpus >= ManyCpus)
        {
            yield return Say($"{disk.Label}: {seen.VirtualCpus} virtual CPUs share one queue.");
        }

        if (disk is { Aio: "threads", BetterAio: { } better })
        {
            yield return Say($"{disk.Label}: its I/O goes through QEMU's thread pool (aio=threads), and {better} could be used on this host.");
        }

        if (disk.PercentOfLimit is { } percent)
        {
            yield return Say($"{disk.Label}: iotune held it back, at {percent} % of its limit.");
        }

        if (disk.Operations > 0 && disk.Discards >= ManyDiscards * disk.Operations)
        {
            yield return Say($"{disk.Label}: beside {disk.Operations} reads and writes there were {disk.Discards} discards of {disk.DiscardedBytes} bytes: the guest's TRIM, or zeroes that free space.");
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
