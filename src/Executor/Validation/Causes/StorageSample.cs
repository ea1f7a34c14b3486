namespace Migrate.Executor.Validation.Causes;

/// <summary>Counters around a domain's storage at one moment; what is null or empty could not be read, or has nothing to do with the domain.</summary>
public sealed record StorageSample
{
    /// <summary>UTC.</summary>
    public required DateTime At { get; init; }

    public IReadOnlyList<ThreadTime> IoThreads { get; init; } = [];

    /// <summary>Processor time of the domain: its guest's, and QEMU's.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Of the KVM host, where the disks come by TCP.</summary>
    public TcpSegments? Tcp { get; init; }

    /// <summary>What the target did for the disks, where they come from it.</summary>
    public IReadOnlyList<TargetTime> Target { get; init; } = [];
}

/// <summary>Processor time of an IOThread.</summary>
/// <param name="Id">QEMU's name of it.</param>
/// <param name="ThreadId">The kernel's.</param>
/// <param name="Seconds">Since it began.</param>
public sealed record ThreadTime(string Id, long ThreadId, double Seconds);

/// <summary>TCP segments that a host sent, and those of them that it sent again.</summary>
public sealed record TcpSegments(long Out, long Retransmitted);

/// <summary>Reads and writes of a disk's namespace that the target answered, and what they took there.</summary>
public sealed record TargetTime(int DiskKey, long Reads, double ReadSeconds, long Writes, double WriteSeconds);
