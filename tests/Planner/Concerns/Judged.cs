using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>Judges one VM with one rule (or all), in surroundings where everything is in order.</summary>
internal static class Judged
{
    /// <summary>What rules say of every Linux VM: what nobody sees from outside.</summary>
    public static readonly IReadOnlyList<string> OfEveryVm = ["guest.not-inspected", "linux.nic-names"];

    public static readonly DateTime Now = new(2026, 3, 2, 8, 0, 0, DateTimeKind.Utc);

    public static IReadOnlyList<Concern> By(string ruleId, Vm vm, MigrationMode mode = MigrationMode.Cold, PlanPolicy? policy = null,
        IReadOnlyList<Datastore>? datastores = null, IReadOnlyList<Cluster>? clusters = null, EsxHost? host = null) =>
        By(ruleId, Context(vm, mode, policy, datastores, clusters, host));

    public static IReadOnlyList<Concern> By(string ruleId, ConcernContext context) => [.. ConcernRules.All.Single(rule => rule.Id == ruleId).Judge(context)];

    public static IReadOnlyList<Concern> ByAll(Vm vm) => [.. ConcernJudge.Judge(Context(vm)).Where(concern => !OfEveryVm.Contains(concern.Id))];

    public static ConcernContext Context(Vm vm, MigrationMode mode = MigrationMode.Cold, PlanPolicy? policy = null, IReadOnlyList<Datastore>? datastores = null,
        IReadOnlyList<Cluster>? clusters = null, EsxHost? host = null) => new(
        vm,
        new Dictionary<string, EsxHost> { ["host-1"] = host ?? Healthy(Estate.Host()) },
        (datastores ?? [Estate.Vmfs(), Estate.Vsan()]).ToDictionary(datastore => datastore.Key),
        mode)
        {
            Policy = policy ?? new PlanPolicy(),
            Clusters = (clusters ?? []).ToDictionary(cluster => cluster.Key),
            DrsRules = [.. (clusters ?? []).SelectMany(cluster => cluster.Rules).Where(rule => rule.Enabled && rule.VmKeys.Contains(vm.Key))],
            Now = Now,
        };

    /// <summary>The host with all its paths alive, over iSCSI by software: iSER would need more than this host shows.</summary>
    public static EsxHost Healthy(EsxHost host) => host with
    {
        Adapters = [.. host.Adapters.Select(adapter => adapter.Kind == AdapterKind.Iser ? adapter with { Kind = AdapterKind.SoftwareIscsi } : adapter)],
        Luns = [.. host.Luns.Select(lun => lun with { Paths = [.. lun.Paths.Select(path => path with { State = "active" })] })],
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
