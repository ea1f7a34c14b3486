using Migrate.Api.Inventory;
using Migrate.Api.Manifests;
using Migrate.Api.Waves;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>Operations as people are told of them, by commands and on pages.</summary>
internal static class OperationWords
{
    public static string Of(OperationKind kind) => kind switch
    {
        OperationKind.SynchroniseSource => "Reading the inventory",
        OperationKind.CheckPlan => "Checking the plan by trying",
        OperationKind.VerifyManifest => "Comparing the disk with its manifest",
        OperationKind.ProbeHost => "Probing the host",
        OperationKind.CheckHost => "Checking the host by trying",
        OperationKind.AddHost => "Probing the host to add it",
        OperationKind.UpdateHost => "Probing the host with the change",
        OperationKind.AddSource => "Trying the source to add it",
        OperationKind.UpdateSource => "Trying the source's new login",
        OperationKind.PlanWaves => "Planning the waves",
        OperationKind.CompareWaves => "Trying rules for the waves",
        _ => kind.ToString(),
    };

    /// <summary>That it went well, and what it came to.</summary>
    public static string Of(OperationView operation) => operation.Result switch
    {
        { Inventory: { } version } => $"The inventory was read. Version {version.Number}: {Text.Count(version.VmCount, "VM")}; {version.Added} added, {version.Changed} changed, {version.Removed} removed{(version.Gaps.Count > 0 ? $"; {Text.Count(version.Gaps.Count, "gap")}" : "")}.",
        { Check: { } check } => $"The check is through. {check.Tried} tried: {check.Critical} critical, {Text.Count(check.Warnings, "warning")}, {check.Information} for information.",
        { Verification: { } found } => Of(found),
        { Host: { } host } => $"{Done(operation.Kind)} Domains get {host.EffectiveDomainType}; {Found(host.Findings)}.",
        { HostCheck: { } check } => $"The host was checked: {Found(check.Host.Findings)}.",
        { Source: { } source } => $"{(operation.Kind == OperationKind.UpdateSource ? "The new login works and is stored." : source.Kind == SourceKind.VSphere ? "The source was added: its login works." : "The files can be read; the source was added.")}{Lacking(source)}",
        { Waves.Version: { } version } => $"The waves were planned. Version {version.Number}: {Of(version.Summary)}. Its times count when it is approved.",
        { Comparison: { } compared } => $"The rules were tried, and nothing was kept. {string.Join(" ", compared.Variants.Select(x => x.Summary is { } summary ? $"{x.Name}: {Of(summary)}." : $"{x.Name}: no plan."))}",
        _ => "Done.",
    };

    private static string Lacking(SourceView source) =>
        source.PrivilegesUnchecked is { } why ? $" What its account may do could not be found out: {why}" : source.Lacks is { Count: > 0 } lacks ? $" Its account lacks {Text.Count(lacks.Count, "privilege")}." : "";

    private static string Done(OperationKind kind) => kind switch
    {
        OperationKind.AddHost => "The host answers and was added.",
        OperationKind.UpdateHost => "The host answers with the change, which is stored.",
        _ => "The host was probed.",
    };

    private static string Of(WaveSummaryView summary) => $"{Text.Count(summary.VmCount, "VM")} in {Text.Count(summary.WaveCount, "wave")}, over on {Text.Time(summary.End)}";

    public static string Of(VerificationView found) => found switch
    {
        { Equal: true } => $"The disk is what its manifest says: all {found.Extents} extents of {found.Label} are equal.",
        _ when found.Differing == found.Converted => $"{found.Label}: {found.Converted} of {found.Extents} extents differ where virt-v2v wrote when it converted the guest, and all others are equal.",
        _ => $"{found.Label} is not what its manifest says: {found.Differing - found.Converted} of {found.Extents} extents differ.",
    };

    /// <summary>That it was done, and that what it came to is in nobody's way: a comparison may be done and have found that a disk is damaged.</summary>
    public static bool WentWell(OperationView operation) => operation.State == OperationState.Succeeded && operation.Result switch
    {
        { Verification: { } found } => found.Differing == found.Converted,
        { Check: { } check } => check.Critical == 0,
        { Host: { } host } => !IsInTheWay(host.Findings),
        { HostCheck: { } check } => !IsInTheWay(check.Host.Findings),
        _ => true,
    };

    private static bool IsInTheWay(IReadOnlyList<Concern> findings) => findings.Any(x => x.Severity == ConcernSeverity.Critical);

    private static string Found(IReadOnlyList<Concern> findings) => findings.Count == 0 ? "nothing is in the way"
        : $"{findings.Count(x => x.Severity == ConcernSeverity.Critical)} of {Text.Count(findings.Count, "finding")} in the way";
}
