namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>What to do when the guest cannot be brought to a quiet moment for a snapshot.</summary>
public enum QuiescePolicy
{
    /// <summary>Try; else take the snapshot anyway and mark the pass crash-consistent. Right for all passes but a last one.</summary>
    Prefer,
    /// <summary>Try; else fail.</summary>
    Require,
    /// <summary>Do not try.</summary>
    Never,
}

public sealed record TrackingOptions
{
    /// <summary>False: the first pass reads whole disks instead of the areas that the source says are in use.</summary>
    public bool TrustUsedAreas { get; init; } = true;
    public QuiescePolicy Quiesce { get; init; } = QuiescePolicy.Prefer;
    /// <summary>Longest wait for a snapshot to be taken; VMware gives a guest 15 minutes to quiesce.</summary>
    public TimeSpan CreateLimit { get; init; } = TimeSpan.FromMinutes(20);
    /// <summary>Longest wait for a removal or a consolidation: they copy what was written meanwhile.</summary>
    public TimeSpan RemoveLimit { get; init; } = TimeSpan.FromHours(4);
    /// <summary>How long a removal that the source refuses or that fails there is tried again, less and less often, before that is an error.</summary>
    public TimeSpan RemovePatience { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>Told once, in words, when a removal has to be tried again.</summary>
    public Func<string, Task>? Waiting { get; init; }
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>How often free space is looked at while a snapshot grows.</summary>
    public TimeSpan SpacePoll { get; init; } = TimeSpan.FromSeconds(20);
    /// <summary>A pass stops when a datastore with disks of the VM has less free than this share of its capacity …</summary>
    public double FreeShare { get; init; } = 0.1;
    /// <summary>… but no more than this is asked for.</summary>
    public long FreeBytesAtMost { get; init; } = 64L << 30;
}
