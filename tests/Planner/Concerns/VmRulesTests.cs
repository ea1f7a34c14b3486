using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class VmRulesTests
{
    private static readonly Vm Plain = Estate.Vm();

    [Fact]
    public void A_VM_in_order_raises_nothing() => Judged.ByAll(Plain).ShouldBeEmpty();

    [Fact]
    public void An_encrypted_VM_is_critical() =>
        Judged.By("vm.encrypted", Plain with { EncryptionKeyId = "key-7" }).ShouldFire(ConcernSeverity.Critical, "web01");

    [Fact]
    public void An_encrypted_disk_is_critical() =>
        Judged.By("vm.encrypted", Plain.With(Estate.Disk() with { EncryptionKeyId = "key-7" })).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");

    [Fact]
    public void Nothing_encrypted_is_fine() => Judged.By("vm.encrypted", Plain).ShouldBeEmpty();

    [Fact]
    public void Fault_tolerance_is_lost_and_forbids_an_export()
    {
        Judged.By("vm.fault-tolerance", Plain with { FaultToleranceRole = "primary" }).ShouldFire(ConcernSeverity.Information, "web01");
        Judged.By("vm.fault-tolerance-export", Plain with { FaultToleranceRole = "primary" }).ShouldFire(ConcernSeverity.Critical, "web01");
    }

    [Fact]
    public void No_fault_tolerance_is_fine()
    {
        Judged.By("vm.fault-tolerance", Plain).ShouldBeEmpty();
        Judged.By("vm.fault-tolerance-export", Plain).ShouldBeEmpty();
    }

    [Fact]
    public void Snapshots_are_told_and_block_a_warm_plan()
    {
        Judged.By("vm.snapshots", Plain with { SnapshotCount = 2 }).ShouldFire(ConcernSeverity.Information, "web01");
        Judged.By("vm.snapshots-warm", Plain with { SnapshotCount = 2 }).ShouldBeEmpty();
        Judged.By("vm.snapshots-warm", Plain with { SnapshotCount = 2 }, MigrationMode.Warm).ShouldFire(ConcernSeverity.Critical, "web01");
    }

    [Theory]
    [InlineData(false, "by an export")]
    [InlineData(true, null)]
    public void A_chain_that_no_snapshot_accounts_for_is_found_too_and_read_by_what_there_is(bool vddk, string? slower)
    {
        ConcernContext context = Judged.Context(Plain.With(Estate.Disk() with { ParentCount = 1 })) with { Means = new ReaderMeans(vddk) };

        Judged.By("vm.snapshots", context).ShouldFire(ConcernSeverity.Information, "web01");
        Judged.By("vm.snapshots", context)[0].Assessment.Contains("by an export").ShouldBe(slower is not null);
        Judged.By("vm.snapshots-warm", context with { Mode = MigrationMode.Warm }).ShouldFire(ConcernSeverity.Critical, "web01");
    }

    [Fact]
    public void No_snapshot_is_fine()
    {
        Judged.By("vm.snapshots", Plain, MigrationMode.Warm).ShouldBeEmpty();
        Judged.By("vm.snapshots-warm", Plain, MigrationMode.Warm).ShouldBeEmpty();
    }

    [Fact]
    public void Disks_that_need_consolidation_are_a_warning() =>
        Judged.By("vm.consolidation-needed", Plain with { ConsolidationNeeded = true }).ShouldFire(ConcernSeverity.Warning, "web01");

    [Fact]
    public void Consolidated_disks_are_fine() => Judged.By("vm.consolidation-needed", Plain).ShouldBeEmpty();

    [Theory]
    [InlineData(MigrationMode.Cold)]
    [InlineData(MigrationMode.Warm)]
    public void Tracking_that_is_off_is_a_warning(MigrationMode mode) =>
        Judged.By("vm.cbt-off", Plain with { ChangeTrackingEnabled = false }, mode).ShouldFire(ConcernSeverity.Warning, "web01");

    [Fact]
    public void Tracking_that_is_on_is_fine() => Judged.By("vm.cbt-off", Plain, MigrationMode.Warm).ShouldBeEmpty();

    [Theory]
    [InlineData(false, ConcernSeverity.Critical)]
    [InlineData(true, ConcernSeverity.Warning)]
    public void A_running_VM_in_a_cold_plan_is_judged_by_the_policy(bool shutDown, ConcernSeverity severity) =>
        Judged.By("vm.powered-on", Plain with { PowerState = "poweredOn" }, policy: new PlanPolicy { ShutDownSource = shutDown }).ShouldFire(severity, "web01");

    [Fact]
    public void A_running_VM_in_a_warm_plan_and_a_stopped_one_are_fine()
    {
        Judged.By("vm.powered-on", Plain with { PowerState = "poweredOn" }, MigrationMode.Warm).ShouldBeEmpty();
        Judged.By("vm.powered-on", Plain).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("guestToolsNotRunning")]
    [InlineData("toolsNotInstalled")]
    [InlineData("toolsNotRunning")]
    public void Missing_tools_in_a_running_guest_are_a_warning(string status) =>
        Judged.By("vm.tools-not-running", Plain with { PowerState = "poweredOn", ToolsStatus = status }).ShouldFire(ConcernSeverity.Warning, "web01");

    [Theory]
    [InlineData("poweredOn", "guestToolsRunning")]
    [InlineData("poweredOn", "toolsOk")]
    [InlineData("poweredOff", "guestToolsNotRunning")]
    public void Running_tools_and_a_stopped_guest_are_fine(string power, string status) =>
        Judged.By("vm.tools-not-running", Plain with { PowerState = power, ToolsStatus = status }).ShouldBeEmpty();

    [Fact]
    public void A_suspended_VM_is_critical() =>
        Judged.By("vm.suspended", Plain with { PowerState = "suspended" }).ShouldFire(ConcernSeverity.Critical, "web01");

    [Fact]
    public void A_stopped_VM_is_not_suspended() => Judged.By("vm.suspended", Plain).ShouldBeEmpty();

    [Theory]
    [InlineData("orphaned")]
    [InlineData("inaccessible")]
    [InlineData("disconnected")]
    [InlineData("")]
    public void A_VM_that_vSphere_lost_is_critical(string state) =>
        Judged.By("vm.not-connected", Plain with { ConnectionState = state }).ShouldFire(ConcernSeverity.Critical, "web01");

    [Fact]
    public void A_connected_VM_is_fine() => Judged.By("vm.not-connected", Plain).ShouldBeEmpty();

    [Fact]
    public void A_template_is_a_warning() => Judged.By("vm.template", Plain with { IsTemplate = true }).ShouldFire(ConcernSeverity.Warning, "web01");

    [Fact]
    public void A_VM_is_no_template() => Judged.By("vm.template", Plain).ShouldBeEmpty();

    [Fact]
    public void An_extensions_VM_is_critical() =>
        Judged.By("vm.managed-by-extension", Plain with { IsManagedByExtension = true }).ShouldFire(ConcernSeverity.Critical, "web01");

    [Fact]
    public void A_persons_VM_is_fine() => Judged.By("vm.managed-by-extension", Plain).ShouldBeEmpty();

    [Fact]
    public void A_VM_without_disks_is_a_warning() => Judged.By("vm.no-disks", Plain with { Disks = [] }).ShouldFire(ConcernSeverity.Warning, "web01");

    [Fact]
    public void A_VM_with_a_disk_is_fine() => Judged.By("vm.no-disks", Plain).ShouldBeEmpty();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_VM_that_can_grow_while_it_runs_is_a_warning(bool cpu, bool memory) =>
        Judged.By("vm.hot-add", Plain with { CpuHotAddEnabled = cpu, MemoryHotAddEnabled = memory }).ShouldFire(ConcernSeverity.Warning, "web01");

    [Fact]
    public void A_VM_of_fixed_size_is_fine() => Judged.By("vm.hot-add", Plain).ShouldBeEmpty();

    [Fact]
    public void A_balanced_cluster_is_information() =>
        Judged.By("cluster.drs", Plain, clusters: [new Cluster("domain-c1", "c1", "dc1", DrsEnabled: true, HaEnabled: false, VsanEnabled: false)]).ShouldFire(ConcernSeverity.Information, "web01");

    [Fact]
    public void A_cluster_without_balancing_is_fine() =>
        Judged.By("cluster.drs", Plain, clusters: [new Cluster("domain-c1", "c1", "dc1", DrsEnabled: false, HaEnabled: true, VsanEnabled: false)]).ShouldBeEmpty();
}
