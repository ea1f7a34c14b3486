using System.Globalization;
using Migrate.Executor.Validation.Causes;
using Migrate.Executor.Validation.Identity;
using Migrate.Executor.Validation.Latency;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Executor.Validation;

/// <summary>Everything a verdict is made of; what is null or empty was not observed, and the verdict says so.</summary>
public sealed record Evidence
{
    public required string VmName { get; init; }
    public required IReadOnlyList<DiskProof> Disks { get; init; }
    /// <summary>Null: no console text was asked for.</summary>
    public ConsoleFinding? Console { get; init; }
    public IdentityFinding? Identity { get; init; }
    public Baseline? Baseline { get; init; }
    /// <summary>Histograms of single I/Os that were imported from the source.</summary>
    public IReadOnlyList<DiskHistograms> Histograms { get; init; } = [];
    /// <summary>What was observed after the move, with what forbids trusting it.</summary>
    public IReadOnlyList<ObservedLatency> Observed { get; init; } = [];
    /// <summary>What was seen around the storage meanwhile.</summary>
    public StorageEvidence? Around { get; init; }
    /// <summary>The error that this look may take: less than 0.05 where there may be others.</summary>
    public double Alpha { get; init; } = LookSchedule.Alpha;
    /// <summary>The source is a simulator, so its counters describe no real storage.</summary>
    public bool SourceIsSimulated { get; init; }
    /// <summary>kvm | qemu.</summary>
    public required string DomainType { get; init; }
    /// <summary>What the VM ran on before, e.g. ESXi host's name and CPU, and on what it runs now; null where not known.</summary>
    public string? SourceMachine { get; init; }
    public string? DestinationMachine { get; init; }
}

/// <summary>Hashes of one disk: of what the source sent and of what the namespace gave back.</summary>
public sealed record DiskProof(int DiskKey, string Label, string? SourceHash, string? DestinationHash, string? ReadBackBy = null);

/// <summary>Judges the evidence; a pure function.</summary>
public static class VerdictJudge
{
    public static Verdict Judge(Evidence evidence, DateTime judgedAt)
    {
        var latencies = LatencyJudge.Compare(LatencyAspect.DisksOf(evidence), evidence.Alpha);
        IReadOnlyList<AspectVerdict> aspects = [Data(evidence), Boot(evidence), IdentityJudge.Aspect(evidence.Identity), LatencyAspect.Of(evidence, latencies)];
        return new Verdict
        {
            VmName = evidence.VmName,
            JudgedAt = judgedAt,
            Outcome = Overall(aspects.Select(a => a.Outcome)),
            Aspects = aspects,
            Latencies = latencies,
            Identity = evidence.Identity,
        };
    }

    /// <summary>Any Fail fails; else any Inconclusive (or nothing at all) leaves it open.</summary>
    internal static Outcome Overall(IEnumerable<Outcome> outcomes)
    {
        var all = outcomes.ToList();
        return all.Contains(Outcome.Fail) ? Outcome.Fail
            : all.Count == 0 || all.Contains(Outcome.Inconclusive) ? Outcome.Inconclusive
            : Outcome.Pass;
    }

    private static AspectVerdict Data(Evidence evidence)
    {
        var different = evidence.Disks.Where(d => d.SourceHash is not null && d.DestinationHash is not null && !SameHash(d)).ToList();
        var unknown = evidence.Disks.Where(d => d.SourceHash is null || d.DestinationHash is null).ToList();
        if (different.Count > 0)
        {
            return new(Aspect.Data, Outcome.Fail, "The data is not the same.", [.. different.Select(d => $"{d.Label}: the source's hash is {d.SourceHash}, the destination's {d.DestinationHash}")]);
        }
        if (unknown.Count > 0 || evidence.Disks.Count == 0)
        {
            return new(Aspect.Data, Outcome.Inconclusive, "Not every disk was hashed on both sides.", evidence.Disks.Count == 0 ? ["there is no disk"] : [.. unknown.Select(d => $"{d.Label}: a hash is missing")]);
        }
        return new(
            Aspect.Data,
            Outcome.Pass,
            "Every disk was read back from the destination and is what the source sent.",
            [.. evidence.Disks.Select(d => $"{d.Label}: {d.SourceHash}{(d.ReadBackBy is null ? "" : $", compared by {d.ReadBackBy}")}")]);
    }

    private static bool SameHash(DiskProof disk) => string.Equals(disk.SourceHash, disk.DestinationHash, StringComparison.OrdinalIgnoreCase);

    private static AspectVerdict Boot(Evidence evidence) => evidence.Console switch
    {
        null => new(Aspect.Boot, Outcome.Inconclusive, "Nothing shows that the guest booted.", ["the plan expects no text on the VM's serial console"]),
        { Found: true } found => new(
            Aspect.Boot, Outcome.Pass, string.Create(CultureInfo.InvariantCulture, $"The console showed \"{found.Expected}\" after {found.AfterSeconds:0.0} s."), [found.Line ?? ""]),
        var missed => new(
            Aspect.Boot,
            Outcome.Fail,
            string.Create(CultureInfo.InvariantCulture, $"The console did not show \"{missed.Expected}\" within {missed.AfterSeconds:0} s."),
            [missed.Tail.Length == 0 ? "the console stayed empty" : "the console ended with: " + missed.Tail]),
    };
}
