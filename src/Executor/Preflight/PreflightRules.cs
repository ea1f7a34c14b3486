using Migrate.Executor.Preflight.Rules;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight;

/// <summary>All rules, by name: what is not in this list is not judged. docs/hosts.md follows it; a test keeps them equal.</summary>
public static class PreflightRules
{
    public static IReadOnlyList<IPreflightRule> All { get; } =
    [
        new FactsMissing(),
        new FactsOld(),
        new LibvirtFloor(),
        new QemuFloor(),
        new QemuKnownBad(),
        new IoUringHost(),
        new CpuFeatures(),
        new VcpuLimit(),
        new MemoryAvailable(),
        new PollingCores(),
        new DiscardChain(),
        new SingleProtocol(),
        new NvmeAttach(),
        new NvmeCli(),
        new NvmeTcpModule(),
        new NvmePersistence(),
        new NqnValid(),
        new TargetPort(),
        new JumboPathRule(),
        new StorageMtu(),
        new StorageSpeed(),
        new NicFaults(),
        new StorageRoute(),
        new NicNode(),
        new ClockOff(),
        new Space(),
        new ConverterMissing(),
        new WindowsDriversHere(),
        new NoUefi(),
        new NoSwtpm(),
        new LvmFilter(),
        new Governor(),
    ];

    /// <summary>Lets them be explained and overridden as rules of plans are, which know nothing of these.</summary>
    public static void Publish() => ConcernCatalogue.Include([.. All, KvmHostProbe.Asking]);

    /// <summary>What is found, the most severe first.</summary>
    public static IReadOnlyList<Concern> Judge(PreflightContext context) =>
        [.. All.SelectMany(rule => rule.Judge(context)).OrderByDescending(concern => concern.Severity)];

    /// <summary>As part of a plan's check, where rules of plans find some of it themselves.</summary>
    public static IReadOnlyList<Concern> JudgeBesidePlan(PreflightContext context) =>
        [.. All.Where(rule => rule.SaidByPlan is null).SelectMany(rule => rule.Judge(context)).OrderByDescending(concern => concern.Severity)];
}
