using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>Judges one VM with one rule (or all), in surroundings where everything is in order.</summary>
internal static class Judged
{
    public static IReadOnlyList<Concern> By(string ruleId, Vm vm, MigrationMode mode = MigrationMode.Cold, PlanPolicy? policy = null,
        IReadOnlyList<Datastore>? datastores = null, IReadOnlyList<Cluster>? clusters = null) =>
        [.. ConcernRules.All.Single(rule => rule.Id == ruleId).Judge(Context(vm, mode, policy, datastores, clusters))];

    public static IReadOnlyList<Concern> ByAll(Vm vm) => ConcernJudge.Judge(Context(vm, MigrationMode.Cold, null, null, null));

    private static ConcernContext Context(Vm vm, MigrationMode mode, PlanPolicy? policy, IReadOnlyList<Datastore>? datastores, IReadOnlyList<Cluster>? clusters) => new(
        vm,
        new Dictionary<string, EsxHost> { ["host-1"] = Estate.Host() },
        (datastores ?? [Estate.Vmfs(), Estate.Vsan()]).ToDictionary(datastore => datastore.Key),
        mode)
    {
        Policy = policy ?? new PlanPolicy(),
        Clusters = (clusters ?? []).ToDictionary(cluster => cluster.Key),
    };

    public static Vm With(this Vm vm, VirtualDisk disk) => vm with { Disks = [disk] };

    public static Vm With(this Vm vm, OtherDevice device) => vm with { OtherDevices = [device] };

    public static void ShouldFire(this IReadOnlyList<Concern> concerns, ConcernSeverity severity, string subject)
    {
        Concern concern = concerns.ShouldHaveSingleItem();
        concern.Severity.ShouldBe(severity);
        concern.Subject.ShouldBe(subject);
        concern.Assessment.ShouldNotBeNullOrWhiteSpace();
        concern.Remedy.ShouldNotBeNullOrWhiteSpace();
    }
}
