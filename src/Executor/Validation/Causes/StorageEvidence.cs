using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Validation.Causes;

/// <summary>What was seen around the storage while a domain was observed: from the beginning until a look. What is null or empty is not known.</summary>
public sealed record StorageEvidence
{
    public required double Seconds { get; init; }

    /// <summary>Of the domain's design.</summary>
    public int VirtualCpus { get; init; }

    public IReadOnlyList<DiskSetup> Disks { get; init; } = [];

    public IReadOnlyList<IoThreadLoad> IoThreads { get; init; } = [];

    /// <summary>Processor time of the domain for each I/O, guest and QEMU together.</summary>
    public double? CpuMicrosecondsPerIo { get; init; }

    public TcpSegments? Tcp { get; init; }

    /// <summary>How long the guest took to show that it is up.</summary>
    public double? BootSeconds { get; init; }

    public static StorageEvidence Read(string json) => JsonSerializer.Deserialize(json, CausesJson.Default.StorageEvidence)!;

    /// <param name="begin">At the beginning.</param>
    /// <param name="end">At the look.</param>
    /// <param name="virtualCpus">Of the domain.</param>
    /// <param name="disks">As they are set up, with what was observed of them.</param>
    /// <param name="bootSeconds">How long the guest took to show that it is up.</param>
    public static StorageEvidence Between(StorageSample begin, StorageSample end, int virtualCpus, IReadOnlyList<DiskSetup> disks, double? bootSeconds)
    {
        var seconds = (end.At - begin.At).TotalSeconds;
        var operations = disks.Sum(x => x.Operations);
        var cpu = end.CpuSeconds - begin.CpuSeconds;
        var tcp = begin.Tcp is { } before && end.Tcp is { } after ? new TcpSegments(after.Out - before.Out, after.Retransmitted - before.Retransmitted) : null;
        return new StorageEvidence
        {
            Seconds = seconds,
            VirtualCpus = virtualCpus,
            BootSeconds = bootSeconds,
            CpuMicrosecondsPerIo = cpu >= 0 && operations > 0 ? cpu * 1e6 / operations : null,
            Tcp = tcp is { Out: >= 0, Retransmitted: >= 0 } ? tcp : null,
            // Of a QEMU that was started in between there is no beginning.
            IoThreads =
            [
                .. end.IoThreads.Join(begin.IoThreads, x => (x.Id, x.ThreadId), x => (x.Id, x.ThreadId), (now, then) => new IoThreadLoad(now.Id, seconds > 0 ? (now.Seconds - then.Seconds) / seconds : 0)),
            ],
            Disks =
            [
                .. disks.Select(disk => begin.Target.FirstOrDefault(x => x.DiskKey == disk.DiskKey) is { } then && end.Target.FirstOrDefault(x => x.DiskKey == disk.DiskKey) is { } now
                    ? disk with { TargetReadUs = Mean(now.Reads - then.Reads, now.ReadSeconds - then.ReadSeconds), TargetWriteUs = Mean(now.Writes - then.Writes, now.WriteSeconds - then.WriteSeconds) }
                    : disk),
            ],
        };
    }

    private static double? Mean(long count, double seconds) => count > 0 && seconds >= 0 ? seconds * 1e6 / count : null;
}

/// <summary>How busy an IOThread was: 1 is all of a processor.</summary>
public sealed record IoThreadLoad(string Id, double Busy);

/// <summary>A disk as its domain's design has it, and what was observed of it.</summary>
/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Aio">io_uring | native | threads.</param>
/// <param name="Queues">Of the disk, or of the controller that it shares; null where the design leaves it to QEMU.</param>
public sealed record DiskSetup(int DiskKey, string Label, string? Aio, int? Queues)
{
    /// <summary>What the design would choose on this host, and why; null where it is what there is.</summary>
    public string? BetterAio { get; init; }
    public long Operations { get; init; }
    public double? ReadUs { get; init; }
    public double? WriteUs { get; init; }
    /// <summary>What the guest's TRIM, and writes of zeroes that became one, did to the storage.</summary>
    public long Discards { get; init; }
    public long DiscardedBytes { get; init; }
    /// <summary>How close it came to iotune's limit, in percent; null without a limit, or far from it.</summary>
    public long? PercentOfLimit { get; init; }
    /// <summary>Mean time that the target took for its reads and writes; null where they do not go through it.</summary>
    public double? TargetReadUs { get; init; }
    public double? TargetWriteUs { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StorageEvidence))]
[JsonSerializable(typeof(StorageSample))]
internal sealed partial class CausesJson : JsonSerializerContext;
