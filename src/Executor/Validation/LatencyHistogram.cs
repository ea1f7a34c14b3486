using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;

namespace Migrate.Executor.Validation;

/// <summary>Counters at the start of an observation; can be stored as JSON between two steps.</summary>
public sealed record LatencyStart(string Domain, DateTime At, IReadOnlyList<DiskCounters> Disks);

/// <summary>QEMU's totals of one disk at one moment.</summary>
public sealed record DiskCounters(
    int DiskKey, string Label, string QemuDevice, long ReadOperations, long ReadBytes, long ReadNanoseconds, long WriteOperations, long WriteBytes, long WriteNanoseconds);

/// <summary>QEMU's block latency histogram of a running domain, set and read by QMP.</summary>
public static class LatencyHistogram
{
    /// <summary>Starts counting afresh, with boundaries at vscsiStats' limits.</summary>
    public static Task<LatencyStart> StartAsync(
        LibvirtConnection connection, string domain, IReadOnlyList<DomainDisk> disks, TimeProvider time, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>What was counted since the start.</summary>
    public static Task<IReadOnlyList<LatencyMeasurement>> ReadAsync(
        LibvirtConnection connection, LatencyStart start, TimeProvider time, CancellationToken cancellationToken) => throw new NotImplementedException();
}
