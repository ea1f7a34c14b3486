namespace Migrate.Target.Protocol;

/// <summary>
/// What our target says of itself in the vendor specific part of Identify Controller, so that our host can tell after a lost
/// connection what has survived: the machine (and with it every write that the kernel took), or also the process.
/// </summary>
/// <param name="Boot">This start of the machine.</param>
/// <param name="Instance">This start of the target.</param>
internal sealed record TargetIdentity(Guid Boot, Guid Instance)
{
    private const int At = 3072;

    private static ReadOnlySpan<byte> Mark => "MIGRATE1"u8;

    /// <summary>A new instance on this machine.</summary>
    public static TargetIdentity OfThisProcess() => new(Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id")), Guid.NewGuid());

    /// <summary>Null when the target is another one than ours.</summary>
    public static TargetIdentity? Read(ReadOnlySpan<byte> identifyController)
    {
        var ours = identifyController[At..];
        return ours.StartsWith(Mark) ? new TargetIdentity(new Guid(ours.Slice(8, 16), bigEndian: true), new Guid(ours.Slice(24, 16), bigEndian: true)) : null;
    }

    public void Write(Span<byte> identifyController)
    {
        var ours = identifyController[At..];
        Mark.CopyTo(ours);
        Boot.TryWriteBytes(ours[8..], bigEndian: true, out _);
        Instance.TryWriteBytes(ours[24..], bigEndian: true, out _);
    }
}
