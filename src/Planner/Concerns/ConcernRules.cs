using Migrate.Planner.Concerns.Rules;

namespace Migrate.Planner.Concerns;

/// <summary>All rules, by name: what is not in this list is not judged. docs/concerns.md follows it; a test keeps them equal.</summary>
public static class ConcernRules
{
    public static IReadOnlyList<IConcernRule> All { get; } =
    [
        new RawDeviceMapping(),
        new SharedBus(),
        new MultiWriter(),
        new IndependentDisk(),
        new InvalidCapacity(),
        new UnalignedCapacity(),
        new UnreadableDisk(),
        new DatastoreInaccessible(),
        new Encrypted(),
        new FaultTolerance(),
        new Snapshots(),
        new ConsolidationNeeded(),
        new ChangeTrackingOff(),
        new PoweredOn(),
        new ToolsNotRunning(),
        new Suspended(),
        new NotConnected(),
        new Template(),
        new ManagedByExtension(),
        new NoDisks(),
        new DomainName(),
        new Passthrough(),
        new SriovNic(),
        new VirtualTpm(),
        new LegacyDevices(),
        new HotAdd(),
        new DrsCluster(),
    ];
}
