namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>What a known fault of change tracking does to a copy, and so what we do about it.</summary>
public enum TrackingEffect
{
    /// <summary>Only told.</summary>
    Told,
    /// <summary>Answers may leave areas out, those about used areas too: every pass reads the whole disk and compares hashes.</summary>
    Distrusted,
}

/// <summary>One fault that vendors admit. The build is that of the host on which the VM runs.</summary>
/// <param name="Id">The vendor's article, or where it was reported.</param>
/// <param name="From">First ESXi version concerned.</param>
/// <param name="Before">First ESXi version that is not; null = not mended, or not tied to a version.</param>
/// <param name="FixedInBuild">Inside these versions, the first build that has the correction; null = none known.</param>
/// <param name="What">What happens, and when.</param>
/// <param name="Effect">What follows from it.</param>
public sealed record KnownTrackingFault(string Id, Version From, Version? Before, int? FixedInBuild, string What, TrackingEffect Effect)
{
    public static IReadOnlyList<KnownTrackingFault> All { get; } =
    [
        new("KB 2090639", new(4, 0), new(6, 0), null,
            "After a disk was extended over a multiple of 128 GB, answers about changes are wrong until tracking is reset. Corrected by patches of 5.x that are not told apart here.",
            TrackingEffect.Distrusted),
        new("KB 2136854 (317933)", new(6, 0), new(6, 1), 3247720,
            "After a snapshot was consolidated, answers about changes leave areas out; answers about used areas are wrong, too.",
            TrackingEffect.Distrusted),
        new("KB 1020128", new(4, 0), null, null,
            "Tracking that is enabled while the VM has snapshots gives wrong answers; since 6.5 no error tells so. Our check refuses VMs with snapshots.",
            TrackingEffect.Told),
        new("Coriolis known issues", new(6, 0), new(7, 0), null,
            "Increments were inconsistent while Windows installed updates and VSS took part in the snapshot. The self-test of each pass looks for it.",
            TrackingEffect.Told),
        new("ESXi 8.0.1", new(8, 0, 1), new(8, 0, 2), null,
            "Enabling tracking on a disk that holds data first fills the tracking file: the first answers name more than was changed.",
            TrackingEffect.Told),
    ];

    /// <summary>Those that a host of this version and build has; a version that is not understood has none, and the self-test remains.</summary>
    public static IReadOnlyList<KnownTrackingFault> Of(string? version, string? build)
    {
        if (!Version.TryParse(version, out var host))
        {
            return [];
        }

        var number = int.TryParse(build, out var parsed) ? parsed : 0;
        return [.. All.Where(f => host >= f.From && (f.Before is null || host < f.Before) && (f.FixedInBuild is null || number < f.FixedInBuild))];
    }
}
